def all_names(users):
    names, cursor = [], None
    while cursor:
        page, cursor = users.list_users(ListUsersFilter(page_size=2, cursor=cursor))
        names += [each.name for each in page]
    return names
