acl_to_chat = {"paths": {"/**/events": {"methods": ["GET", "POST"]}}}
