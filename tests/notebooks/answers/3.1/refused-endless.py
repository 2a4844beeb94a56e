def ensure_user(name):
    while True:
        try:
            return vonage.users.create_user(User(name=name))
        except HttpRequestError:
            pass
