"""The same chat on Matrix: a room's rules, sending once, the transcript, moving."""

from datetime import datetime
from uuid import uuid4

from requests.exceptions import RequestException
from vonage_http_client.errors import HttpRequestError

APPLICATION = "@livechat:livechat.local"
"""The user that the application acts as on Matrix."""

trouble = (HttpRequestError, RequestException)
"""The errors of a call that was rejected, or whose answer was lost."""


# [13.1] set a room's rules
def room_rules(agents, ended):
    return {
        "users": {APPLICATION: 100} | dict.fromkeys(agents, 50),
        "events_default": 50 if ended else 0,
        "state_default": 100,
        "invite": 100,
        "kick": 100,
        "ban": 100,
        "redact": 50,
        "events": {"livechat.chat_ended": 100},
    }


# [/13.1]


# [13.2] send exactly once, on Matrix
def send_once(put, text):
    key = str(uuid4())
    for attempt in range(3):
        try:
            return put(key, text)
        except trouble:
            if attempt == 2:
                raise


# [/13.2]


# [13.3] build a room's transcript
def room_transcript(events):
    names, lines = {}, []
    for event in events:
        content = event["content"]
        if event["type"] == "m.room.member":
            names[event["state_key"]] = content.get("displayname")
        elif event["type"] == "m.room.message":
            who = names[event["sender"]]
            lines.append(f"{who}: {content.get('body', '(deleted)')}")
    return lines


# [/13.3]


# [13.4] convert an event for Matrix
def to_send(event):
    body = event["body"]
    if "deleted" in body.get("timestamp", {}):
        return None
    if event["type"] == "message" and "text" in body:
        kind, content = "m.room.message", {"msgtype": "m.text", "body": body["text"]}
    elif event["type"] == "custom:chat_ended":
        kind, content = "livechat.chat_ended", body
    else:
        return None
    at = datetime.fromisoformat(event["timestamp"])
    moment = round(at.timestamp() * 1000)
    return {
        "type": kind,
        "content": content,
        "ts": moment,
        "key": f"moved-{event['id']}",
    }


# [/13.4]
