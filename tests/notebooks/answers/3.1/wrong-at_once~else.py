def ensure_user(name):
    users = vonage.users.list_users(ListUsersFilter(name=name))[0]
    if len(users) == 0:
        user = vonage.users.create_user(User(name=name))
    else:
        user = users[0]
    return user
