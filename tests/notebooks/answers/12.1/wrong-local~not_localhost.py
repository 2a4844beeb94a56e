def missing(env):
    r = [n for n in ("VONAGE_API_KEY", "VONAGE_API_SECRET") if not env.get(n)]
    if "localhost" in env.get("PUBLIC_URL", "localhost") or not env["PUBLIC_URL"]:
        r.append("PUBLIC_URL")
    return r
