def mint(user_name=None, acl=None, seconds=15 * 60):
    # The application has one already.
    return application.minter().mint(user_name, acl, seconds=seconds)
