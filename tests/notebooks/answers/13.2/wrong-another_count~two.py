def send_once(put, text):
    key = str(uuid4())
    for attempt in range(2):
        try:
            return put(key, text)
        except trouble:
            if attempt == 1:
                raise
