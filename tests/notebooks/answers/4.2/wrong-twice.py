def transcript(events):
    lines = []
    for event in sorted(events, key=lambda event: event["id"]):
        if event["type"] == "message":
            who = event["_embedded"]["from_user"]["display_name"]
            lines.append(f"{who}: {event['body'].get('text') or '(deleted)'}")
    return lines
