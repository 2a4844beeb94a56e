def missing(env):
    keys = ["VONAGE_API_KEY", "VONAGE_API_SECRET"]
    names = [name for name in keys if not env.get(name)]
    if not env.get("PUBLIC_URL", "").startswith("https://"):
        names.append("PUBLIC_URL")
    return names
