acl_to_chat = {f"/*/conversations/{conversation}/events": {}}
