def ensure_user(name):
    found, _ = vonage.users.list_users(ListUsersFilter(name=name))
    if found:
        return vonage.users.get_user(found[0].id)
    return vonage.users.create_user(User(name=name))
