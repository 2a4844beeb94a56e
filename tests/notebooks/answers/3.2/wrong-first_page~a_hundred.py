def all_names(users):
    page, _ = users.list_users(ListUsersFilter(page_size=100))
    return [each.name for each in page]
