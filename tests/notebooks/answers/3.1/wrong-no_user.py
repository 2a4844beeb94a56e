def ensure_user(name):
    vonage.users.create_user(User(name=name))
