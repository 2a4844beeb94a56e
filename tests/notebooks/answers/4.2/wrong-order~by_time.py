def transcript(events):
    by_id = {event["id"]: event for event in events}
    lines = []
    for event in sorted(by_id.values(), key=lambda e: e.get("timestamp", "")):
        if event["type"] == "message":
            who = event["_embedded"]["from_user"]["display_name"]
            lines.append(f"{who}: {event['body'].get('text') or '(deleted)'}")
    return lines
