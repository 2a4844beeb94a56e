acl_to_chat = {"paths": {"/*/conversations/*/events": {"methods": ["GET", "POST"]}}}
