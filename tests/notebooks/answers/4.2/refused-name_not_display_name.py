def transcript(events):
    by_id = {event["id"]: event for event in events}
    return [
        f"{by_id[n]['_embedded']['from_user']['name']}: "
        f"{by_id[n]['body'].get('text') or '(deleted)'}"
        for n in sorted(by_id)
        if by_id[n]["type"] == "message"
    ]
