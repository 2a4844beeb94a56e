made = {}


def ensure_user(name):
    if name not in made:
        made[name] = vonage.users.create_user(User(name=name))
    return made[name]
