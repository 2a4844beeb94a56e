def ensure_user(name):
    try:
        return vonage.users.create_user(User(name=name)).model_dump()
    except HttpRequestError:
        found, _ = vonage.users.list_users(ListUsersFilter(name=name))
        return found[0].model_dump()
