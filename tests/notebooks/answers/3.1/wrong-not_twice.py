def ensure_user(name):
    return vonage.users.create_user(User(name=name))
