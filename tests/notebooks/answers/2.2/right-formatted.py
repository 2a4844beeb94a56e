path = "/*/conversations/{}/events".format(conversation)  # noqa: UP032
acl_to_chat = dict(paths={path: dict(methods=["GET", "POST"])})
