def missing(env):
    for name in ("VONAGE_API_KEY", "VONAGE_API_SECRET"):
        if not env.get(name):
            yield name
    if not env.get("PUBLIC_URL", "").startswith("https://"):
        yield "PUBLIC_URL"
