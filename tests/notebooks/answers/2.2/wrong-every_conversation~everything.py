acl_to_chat = {"paths": {"/**": {}}}
