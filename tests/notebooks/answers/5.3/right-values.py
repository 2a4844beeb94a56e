def in_order(hooks):
    by_key = {(h.event["conversation_id"], h.event["id"]): h.event for h in hooks}
    return [event for key, event in sorted(by_key.items(), key=lambda item: item[0])]
