owner_of = lambda ms: next(  # noqa: E731
    (
        m["_embedded"]["user"]["name"]
        for m in ms[::-1]
        if m["state"] == "JOINED"
        and m["_embedded"]["user"]["id"] != ms[0]["_embedded"]["user"]["id"]
    ),
    None,
)
