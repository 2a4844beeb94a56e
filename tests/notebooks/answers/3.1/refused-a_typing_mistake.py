def ensure_user(name):
    try:
        return vonage.users.create(User(name=name))
    except HttpRequestError:
        return vonage.users.list_users(ListUsersFilter(name=name))[0][0]
