def send_once(put, text):
    key = str(uuid4())
    for attempt in range(3):
        try:
            event = put(key, text)
        except trouble:
            if attempt == 2:
                raise
    return event
