acl_to_chat = {
    "paths": {
        f"/v0.3/conversations/{conversation}/events": {"methods": ["GET", "POST"]}
    }
}
