def send_once(put, text):
    for attempt in range(3):
        try:
            return put(str(uuid4()), text)
        except trouble:
            if attempt == 2:
                raise
