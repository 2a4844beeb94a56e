from my_chat.tokens import acl_of, mint


def mended_token(chat):
    acl = acl_of(chat["conversation"]["id"])
    return mint(chat["user"]["name"], acl, 600)
