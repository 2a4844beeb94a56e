acl_to_chat = {"paths": {f"/*/users/{visitor}/events": {"methods": ["GET", "POST"]}}}
