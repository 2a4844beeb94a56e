def room_rules(agents, ended):
    return {
        "users": {APPLICATION: 100} | dict.fromkeys(agents, 50),
        "events_default": 50 if ended else 0,
        "state_default": 100,
        "invite": 100,
        "ban": 100,
        "redact": 50,
        "events": {"livechat.chat_ended": 100},
    }
