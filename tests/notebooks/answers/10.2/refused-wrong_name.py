def send_once(text):
    before = last_event_id()
    return say(text), before
