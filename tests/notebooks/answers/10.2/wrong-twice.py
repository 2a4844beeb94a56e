def send_once(text):
    for attempt in range(3):
        try:
            return say(text)
        except trouble:
            if attempt == 2:
                raise
