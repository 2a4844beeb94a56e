def ensure_user(name):
    try:
        return vonage.users.create_user(User(name=name))
    except HttpRequestError as error:
        if error.response.status_code != 409:
            raise
    cursor = None
    while True:
        page, cursor = vonage.users.list_users(
            ListUsersFilter(page_size=100, cursor=cursor)
        )
        for each in page:
            if each.name == name:
                return each
        if not cursor:
            raise LookupError(name)
