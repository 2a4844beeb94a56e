def all_names(users):
    cursor = None
    while True:
        page, cursor = users.list_users(ListUsersFilter(page_size=2, cursor=cursor))
        yield from (each.name for each in page)
        if not cursor:
            break
