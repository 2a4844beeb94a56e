def send_once(text):
    before = last_id()
    for event in mine_after(before):
        return event
