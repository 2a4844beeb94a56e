def missing(env):
    names = ["VONAGE_API_KEY", "VONAGE_API_SECRET", "PUBLIC_URL"]
    names += ["VONAGE_APPLICATION_ID", "VONAGE_PRIVATE_KEY_PATH"]
    return [name for name in names if not env.get(name)]
