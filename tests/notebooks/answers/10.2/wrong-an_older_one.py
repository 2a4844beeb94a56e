def send_once(text):
    for attempt in range(3):
        try:
            return say(text)
        except trouble:
            for event in mine_after(0):
                if event["body"]["text"] == text:
                    return event
            if attempt == 2:
                raise
