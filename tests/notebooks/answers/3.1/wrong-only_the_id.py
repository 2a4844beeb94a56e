def ensure_user(name):
    try:
        return vonage.users.create_user(User(name=name)).id
    except HttpRequestError:
        return vonage.users.list_users(ListUsersFilter(name=name))[0][0].id
