acl_to_chat = {
    "path": {f"/*/conversations/{conversation}/events": {"methods": ["GET", "POST"]}}
}
