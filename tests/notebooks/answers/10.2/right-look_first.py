def send_once(text):
    # ...
    before, error = last_id(), None
    for _ in range(3):
        try:
            return say(text)
        except trouble as problem:
            error = problem
        arrived = [e for e in mine_after(before) if e["body"]["text"] == text]
        if arrived:
            return arrived[0]
    raise error
