acl_to_chat = {
    "paths": {
        "/*/conversations/{chat['conversation']['id']}/events": {
            "methods": ["GET", "POST"]
        }
    }
}
