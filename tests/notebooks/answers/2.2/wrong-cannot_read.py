acl_to_chat = {
    "paths": {f"/*/conversation/{conversation}/events": {"methods": ["GET", "POST"]}}
}
