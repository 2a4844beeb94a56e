path = "/".join(["", "*", "conversations", conversation, "events"])
acl_to_chat = {"paths": {path: {"methods": ["GET", "POST"]}}}
