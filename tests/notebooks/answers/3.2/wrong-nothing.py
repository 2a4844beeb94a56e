def all_names(users):
    [each.name for each in users.list_users()[0]]
