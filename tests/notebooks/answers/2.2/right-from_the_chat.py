acl_to_chat = {
    "paths": {
        f"/*/conversations/{chat['conversation']['id']}/events": {
            "methods": ["GET", "POST"]
        }
    }
}
