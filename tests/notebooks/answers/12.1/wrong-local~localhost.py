def missing(env):
    names = ["VONAGE_API_KEY", "VONAGE_API_SECRET", "PUBLIC_URL"]
    found = [name for name in names if not env.get(name)]
    if "localhost" in env.get("PUBLIC_URL", ""):
        found.append("PUBLIC_URL")
    return found
