def send_once(text):
    try:
        return say(text)
    except trouble:
        return "sent, I hope"
