import time


def to_send(event):
    body = event["body"]
    if "deleted" in body.get("timestamp", {}):
        return None
    if event["type"] == "message" and "text" in body:
        kind = "m.room.message"
        content = {"msgtype": "m.text", "body": body["text"]}
    elif event["type"] == "custom:chat_ended":
        kind, content = "livechat.chat_ended", body
    else:
        return None
    at = datetime.fromisoformat(event["timestamp"])
    return {
        "type": kind,
        "content": content,
        "ts": int(time.time() * 1000),
        "key": f"moved-{event['id']}",
    }
