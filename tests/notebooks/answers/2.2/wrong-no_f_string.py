acl_to_chat = {
    "paths": {"/*/conversations/{conversation}/events": {"methods": ["GET", "POST"]}}
}
