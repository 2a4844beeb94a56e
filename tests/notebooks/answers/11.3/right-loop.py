def still_mine(log, name):
    visitor = holder = None
    for event in log:
        if event["type"] == "member:joined":
            user = event["body"]["user"]
            visitor = visitor or user["id"]
            if user["id"] != visitor:
                holder = user["name"]
    return holder == name
