def all_names(users):
    names, cursor = [], None
    while True:
        page, cursor = users.list_users(ListUsersFilter(page_size=100, cursor=cursor))
        for each in page:
            names.append(each.name)
        if cursor is None:
            break
    return names
