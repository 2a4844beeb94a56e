def ensure_user(wanted: str) -> User:
    """Create it, or find it."""
    # Vonage says 409 if the name is taken.
    try:
        user = vonage.users.create_user(User(name=wanted, display_name=wanted))
    except HttpRequestError as e:
        if e.response.json().get("code") == "user:error:duplicate-name":
            users, cursor = vonage.users.list_users(ListUsersFilter(name=wanted))
            user = vonage.users.get_user(users[0].id)
        else:
            raise e
    return user
