acl_to_chat = {
    "paths": {f"v1/conversations/{conversation}/events": {"methods": ["GET", "POST"]}}
}
