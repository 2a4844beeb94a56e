def all_names(users):
    return users.list_users(ListUsersFilter(page_size=100))[0]
