acl_to_chat = {
    "paths": {f"/*/conversations/{conversation}/*": {"methods": ["GET", "POST"]}}
}
