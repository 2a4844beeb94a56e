def all_names(users):
    page, cursor = users.list_users(ListUsersFilter(page_size=2))
    again, cursor = users.list_users(ListUsersFilter(page_size=2))
    return [each.name for each in [*page, *again]]
