async def all_names(users):
    names, cursor, first = [], None, True
    while first or cursor:
        first = False
        page, cursor = users.list_users(ListUsersFilter(page_size=2, cursor=cursor))
        names.extend(each.name for each in page)
    return names
