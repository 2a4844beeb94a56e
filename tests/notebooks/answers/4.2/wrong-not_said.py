def transcript(events):
    by_id = {event["id"]: event for event in events}
    return [
        f"{n}: {by_id[n]['body'].get('text') or '(deleted)'}" for n in sorted(by_id)
    ]
