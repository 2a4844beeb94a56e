def all_names(users):
    first, cursor = users.list_users(ListUsersFilter(page_size=2))
    second, _ = users.list_users(ListUsersFilter(page_size=2, cursor=cursor))
    return [each.name for each in first + second]
