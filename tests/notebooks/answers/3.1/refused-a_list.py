def ensure_user(name):
    try:
        vonage.users.create_user(User(name=name))
    except HttpRequestError:
        pass
    return vonage.users.list_users(ListUsersFilter(name=name))[0]
