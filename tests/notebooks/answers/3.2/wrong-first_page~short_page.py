def all_names(users):
    names, cursor = [], None
    while True:
        page, cursor = users.list_users(ListUsersFilter(page_size=100, cursor=cursor))
        names += [each.name for each in page]
        if len(page) < 100:
            return names
