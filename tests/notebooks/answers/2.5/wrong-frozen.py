at_start = int(time.time())


def mint(user_name=None, acl=None, seconds=15 * 60):
    now = at_start
    claims = {"application_id": application.id, "jti": str(uuid4())}
    claims |= {"iat": now, "exp": now + seconds}
    if user_name is not None:
        claims["sub"] = user_name
    if acl is not None:
        claims["acl"] = acl
    return jwt.encode(claims, private_key, algorithm="RS256")
