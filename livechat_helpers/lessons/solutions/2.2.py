events = f"/*/conversations/{conversation}/events"
acl_to_chat = {"paths": {events: {"methods": ["GET", "POST"]}}}
