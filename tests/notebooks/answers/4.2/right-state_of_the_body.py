from operator import itemgetter


def transcript(events):
    seen, lines = set(), []
    for event in sorted(events, key=itemgetter("id")):
        if event["id"] in seen or event["type"] != "message":
            continue
        seen.add(event["id"])
        name = event["_embedded"]["from_user"]["display_name"]
        gone = "deleted" in event["body"].get("timestamp", {})
        lines.append(name + ": " + ("(deleted)" if gone else event["body"]["text"]))
    return lines
