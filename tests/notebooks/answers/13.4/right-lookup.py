def to_send(event):
    kinds = {"message": "m.room.message", "custom:chat_ended": "livechat.chat_ended"}
    kind, body = kinds.get(event["type"]), event["body"]
    if kind is None or (kind == "m.room.message" and not body.get("text")):
        return None
    content = body
    if kind == "m.room.message":
        content = {"msgtype": "m.text", "body": body["text"]}
    moment = datetime.fromisoformat(event["timestamp"])
    return {
        "type": kind,
        "content": content,
        "ts": int(round(moment.timestamp(), 3) * 1000),
        "key": f"{event['id']}",
    }
