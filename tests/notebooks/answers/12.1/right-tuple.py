def missing(settings):
    def is_set(name):
        value = settings.get(name) or ""
        return value.startswith("https://") if name == "PUBLIC_URL" else bool(value)

    names = ("PUBLIC_URL", "VONAGE_API_SECRET", "VONAGE_API_KEY")
    return tuple(name for name in names if not is_set(name))
