def ensure_user(name):
    return vonage.users.create_user(User(name=name + "-" + token_hex(2)))
