def ensure_user(name):
    try:
        return vonage.users.create_user(User(name=name))
    except HttpRequestError:
        return None
