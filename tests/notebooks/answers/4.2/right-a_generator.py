def transcript(events):
    by_id = {event["id"]: event for event in events}
    for number in sorted(by_id):
        event = by_id[number]
        if event["type"] == "message":
            who = event["_embedded"]["from_user"]["display_name"]
            yield (f"{who}: {event['body'].get('text') or '(deleted)'}")
