acl_to_chat = json.dumps(
    {"paths": {f"/*/conversations/{conversation}/events": {"methods": ["GET", "POST"]}}}
)
