def open_chat():
    return {"user": 1, "conversation": 2, "member": 3}
