def mint(user_name=None, acl=None, seconds=900):
    now = int(time.time())
    maybe = {"sub": user_name, "acl": acl}
    return jwt.encode(
        {
            "application_id": application.id,
            "iat": now,
            "exp": now + seconds,
            "jti": uuid4().hex,
            **{name: value for name, value in maybe.items() if value is not None},
        },
        private_key,
        algorithm="RS256",
    )
