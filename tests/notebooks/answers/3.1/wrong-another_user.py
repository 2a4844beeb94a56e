def ensure_user(name):
    found, _ = vonage.users.list_users(ListUsersFilter(name=name))
    for each in found:
        vonage.users.delete_user(each.id)
    return vonage.users.create_user(User(name=name))
