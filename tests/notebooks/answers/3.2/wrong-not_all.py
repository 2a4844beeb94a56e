def all_names(users):
    names, cursor = [], None
    while True:
        page, cursor = users.list_users(ListUsersFilter(page_size=1, cursor=cursor))
        if cursor is None:
            return names
        names += [each.name for each in page]
