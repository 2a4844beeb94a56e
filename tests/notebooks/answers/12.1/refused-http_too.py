def missing(env):
    r = [n for n in ("VONAGE_API_KEY", "VONAGE_API_SECRET") if not env.get(n)]
    if not env.get("PUBLIC_URL", "").startswith("http"):
        r.append("PUBLIC_URL")
    return r
