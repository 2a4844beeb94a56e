counter = 0


def send_once(put, text):
    global counter
    counter += 1
    mine = f"message-{counter}"
    try:
        return put(mine, text)
    except trouble:
        pass
    try:
        return put(mine, text)
    except trouble:
        return put(mine, text)
