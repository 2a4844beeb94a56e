acl_to_chat = {"paths": {f"/*/conversations/{conversation}/events": {"methods": "GET"}}}
