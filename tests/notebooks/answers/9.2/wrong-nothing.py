def mended_token(chat):
    jwt.encode({"sub": chat["user"]["name"]}, private_key, algorithm="RS256")
