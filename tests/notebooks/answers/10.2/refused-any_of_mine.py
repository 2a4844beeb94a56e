def send_once(text):
    for attempt in range(3):
        before = last_id()
        try:
            return say(text)
        except trouble:
            if mine_after(before) and attempt == 1:
                return mine_after(before)[0]
            if attempt == 2:
                raise
