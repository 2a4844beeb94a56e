def send_once(put, text):
    key = str(uuid4())
    for attempt in range(3):
        try:
            return put(key, text)
        except trouble:
            pass
