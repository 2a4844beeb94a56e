def ensure_user(name):
    try:
        return vonage.users.create_user(User(name=name))
    except HttpRequestError as error:
        for user in vonage.users.list_users(ListUsersFilter(name=name))[0]:
            return user
        print("error", error)
