def mended_token(chat):
    now = int(time.time())
    claims = {"application_id": application.id, "jti": str(uuid4()), "iat": now}
    claims |= {"sub": chat["user"]["name"]}
    path = f"/*/conversations/{chat['conversation']['id']}/events"
    claims["acl"] = {"paths": {path: {"methods": ["GET", "POST"]}}}
    return jwt.encode(claims, private_key, algorithm="RS256")
