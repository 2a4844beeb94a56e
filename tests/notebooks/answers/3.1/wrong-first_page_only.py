def ensure_user(name):
    try:
        return vonage.users.create_user(User(name=name))
    except HttpRequestError as error:
        if error.response.status_code != 409:
            raise
    users, _ = vonage.users.list_users(ListUsersFilter(page_size=100))
    return next((each for each in users if each.name == name), None)
