class Mint:
    def __init__(self, application, private_key):
        self.id, self.key = application.id, private_key

    def __call__(self, user_name=None, acl=None, seconds=15 * 60):
        now = int(time.time())
        claims = {"application_id": self.id, "iat": now, "exp": now + seconds}
        claims["jti"] = str(uuid4())
        if user_name is not None:
            claims.update(sub=user_name)
        if acl is not None:
            claims.update(acl=acl)
        return jwt.encode(claims, self.key, algorithm="RS256")


mint = Mint(application, private_key)
