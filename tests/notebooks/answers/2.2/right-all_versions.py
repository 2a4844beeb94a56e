acl_to_chat = {
    "paths": {
        f"/{version}/conversations/{conversation}/events": {"methods": ["GET", "POST"]}
        for version in ("v1", "v0.3", "beta", "beta2")
    }
}
