def missing(env):
    names = ["VONAGE_API_KEY", "VONAGE_API_SECRET", "PUBLIC_URL"]
    return [name for name in names if name not in env]
