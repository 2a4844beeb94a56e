async def ensure_user(name):
    try:
        return vonage.users.create_user(User(name=name))
    except HttpRequestError as error:
        if error.response.status_code != 409:
            raise
    return vonage.users.list_users(ListUsersFilter(name=name))[0][0]
