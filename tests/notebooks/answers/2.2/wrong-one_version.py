events = f"/v1/conversations/{conversation}/events"
acl_to_chat = {"paths": {events: {"methods": ["GET", "POST"]}}}
