def mended_token(chat):
    now = int(time.time())
    claims = {"application_id": application.id, "jti": str(uuid4()), "iat": now}
    claims |= {"exp": now + 15 * 60, "sub": chat["user"]["name"]}
    path = f"/*/conversations/{chat['conversation']['id']}/events"
    claims["acl"] = {"paths": {path: {"methods": ["GET", "POST"]}}}
    return claims
