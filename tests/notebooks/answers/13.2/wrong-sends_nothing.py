def send_once(put, text):
    key = str(uuid4())
    return None
