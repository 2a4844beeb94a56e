def missing(env):
    names = ["VONAGE_API_KEY", "VONAGE_API_SECRET"]
    found = [name for name in names if not env.get(name)]
    if not env.get("PUBLIC_URL", "").startswith("https://"):
        found.append("PUBLIC_URL")
    for name in ("VONAGE_APPLICATION_ID", "VONAGE_PRIVATE_KEY_PATH"):
        if not env.get(name):
            found.append(name)
    return found
