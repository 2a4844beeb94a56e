def missing(env):
    return ["VONAGE_API_KEY", "VONAGE_API_SECRET", "PUBLIC_URL"]
