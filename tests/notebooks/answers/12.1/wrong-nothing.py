def missing(env):
    names = [name for name in ("VONAGE_API_KEY",) if not env.get(name)]
