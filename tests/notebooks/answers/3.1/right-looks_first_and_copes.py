def find(name):
    found, _ = vonage.users.list_users(ListUsersFilter(name=name))
    return vonage.users.get_user(found[0].id) if found else None


def ensure_user(name):
    user = find(name)
    if user is not None:
        return user
    try:
        return vonage.users.create_user(User(name=name))
    except HttpRequestError:
        user = find(name)
        if user is None:
            raise
        return user
