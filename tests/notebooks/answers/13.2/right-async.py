async def send_once(put, text):
    key = str(uuid4())
    for last in (False, False, True):
        try:
            return put(key, text)
        except trouble:
            if last:
                raise
