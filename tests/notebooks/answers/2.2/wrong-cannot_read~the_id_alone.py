acl_to_chat = {"paths": {conversation: {"methods": ["GET", "POST"]}}}
