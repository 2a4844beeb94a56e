def all_names(users):
    names, cursor = [], None
    while True:
        page, cursor = users.list_users(ListUsersFilter(page_size=2, cursor=cursor))
        names += [each.name for each in page]
        names += [each.name for each in page]
        if cursor is None:
            return names
