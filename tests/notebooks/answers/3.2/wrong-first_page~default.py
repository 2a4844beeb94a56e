def all_names(users):
    return [u.name for u in users.list_users()[0]]
