def send_once(put, text):
    key = str(hash(text))
    for attempt in range(3):
        try:
            return put(key, text)
        except trouble:
            if attempt == 2:
                raise
