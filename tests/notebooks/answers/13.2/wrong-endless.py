def send_once(put, text):
    key = str(uuid4())
    while True:
        try:
            return put(key, text)
        except trouble:
            continue
