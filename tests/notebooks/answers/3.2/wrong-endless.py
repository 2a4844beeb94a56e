def all_names(users):
    names, cursor = [], "first"
    while cursor is not None:
        page, cursor = users.list_users(ListUsersFilter(page_size=2))
        names += [each.name for each in page]
    return names
