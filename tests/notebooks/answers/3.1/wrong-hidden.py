def ensure_user(name):
    try:
        return vonage.users.create_user(User(name=name))
    except HttpRequestError:
        found, _ = vonage.users.list_users(ListUsersFilter(name=name))
        return vonage.users.get_user(found[0].id) if found else None
