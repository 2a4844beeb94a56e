def room_rules(agents, ended):
    return {
        "users": {APPLICATION: 90} | dict.fromkeys(agents, 20),
        "events_default": 20 if ended else 0,
        "state_default": 90,
        "invite": 90,
        "kick": 90,
        "ban": 90,
        "redact": 20,
        "events": {"livechat.chat_ended": 90},
    }
