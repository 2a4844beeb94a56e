def send_once(put, text):
    key = str(uuid4())
    for attempt in range(3):
        try:
            put(key, text)
            return key
        except trouble:
            if attempt == 2:
                raise
