def missing(env):
    keys = ["VONAGE_API_KEY", "VONAGE_API_SECRET"]
    return [name for name in keys if not env.get(name)]
