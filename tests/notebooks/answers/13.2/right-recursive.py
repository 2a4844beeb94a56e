def send_once(put, text, key=None, left=3):
    key = key or str(uuid4())
    try:
        return put(key, text)
    except trouble:
        if left == 1:
            raise
    return send_once(put, text, key, left - 1)
