def all_names(users):
    names, cursor = [], None
    page = [1]
    while page:
        page, cursor = users.list_users(ListUsersFilter(page_size=2, cursor=cursor))
        names += [each.name for each in page]
    return names
