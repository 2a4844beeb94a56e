def missing(env):
    wanted = {"VONAGE_API_KEY", "VONAGE_API_SECRET", "PUBLIC_URL"}
    there = {name for name in wanted if env.get(name)}
    if env.get("PUBLIC_URL", "")[:8] != "https://":
        there.discard("PUBLIC_URL")
    return wanted - there
