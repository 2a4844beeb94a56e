def room_rules(agents, ended):
    writing = 50 if ended else 0
    return {
        "users": {APPLICATION: 100, **dict.fromkeys(agents, 50)},
        "events": {
            "m.room.message": writing,
            "m.room.redaction": writing,
            "livechat.chat_ended": 100,
        },
        "state_default": 100,
        "invite": 100,
        "kick": 100,
        "ban": 100,
    }
