mint = lambda user_name=None, acl=None, seconds=900: jwt.encode(  # noqa: E731
    {
        "application_id": application.id,
        "jti": str(uuid4()),
        "iat": int(time.time()),
        "exp": int(time.time()) + seconds,
    }
    | ({"sub": user_name} if user_name else {})
    | ({"acl": acl} if acl else {}),
    private_key,
    "RS256",
)
