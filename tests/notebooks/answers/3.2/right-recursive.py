def all_names(users, cursor=None):
    page, after = users.list_users(ListUsersFilter(page_size=2, cursor=cursor))
    names = [each.name for each in page]
    return names + (all_names(users, after) if after else [])
