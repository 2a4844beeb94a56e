def send_once(put, text):
    key = str(uuid4())
    for attempt in range(5):
        try:
            return put(key, text)
        except trouble:
            if attempt == 4:
                raise
