def send_once(put, text):
    return put(str(uuid4()), text)
