def missing(env):
    found = [name for name in ("VONAGE_API_KEY", "VONAGE_API_SECRET") if env.get(name)]
    if env.get("PUBLIC_URL", "").startswith("https://"):
        found.append("PUBLIC_URL")
    return found
