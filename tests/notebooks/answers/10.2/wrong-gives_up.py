def send_once(text):
    return say(text)
