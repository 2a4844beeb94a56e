def send_once(put, text):
    for attempt in range(3):
        key = str(uuid4())
        try:
            return put(key, text)
        except trouble:
            if attempt == 2:
                raise
