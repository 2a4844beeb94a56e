def transcript(events):
    return [
        f"{e['_embedded']['from_user']['display_name']}: {e['body'].get('text') or '(deleted)'}"
        for e in events
        if e["type"] == "message"
    ]
