def transcript(events):
    said = [event for event in events if event["type"] == "message"]
    return [
        f"{e['_embedded']['from_user']['display_name']}: "
        f"{e['body'].get('text') or '(deleted)'}"
        for e in said
    ]
