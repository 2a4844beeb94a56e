acl_to_chat = {
    "paths": {f"/*/conversations/{conversation}/event": {"methods": ["GET", "POST"]}}
}
