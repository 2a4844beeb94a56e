acl_to_chat = {
    "paths": {
        f"https://api.nexmo.com/v1/conversations/{conversation}/events": {
            "methods": ["GET", "POST"]
        }
    }
}
