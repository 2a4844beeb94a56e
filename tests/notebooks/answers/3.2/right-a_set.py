def all_names(users):
    found = set()
    page, cursor = users.list_users(ListUsersFilter(page_size=2))
    found.update(user.name for user in page)
    while cursor is not None:
        page, cursor = users.list_users(ListUsersFilter(page_size=2, cursor=cursor))
        found.update(user.name for user in page)
    return sorted(found)
