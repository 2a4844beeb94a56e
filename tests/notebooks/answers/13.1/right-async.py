async def room_rules(staff, over=False):
    rules = dict.fromkeys(["state_default", "invite", "kick", "ban"], 100)
    powers = dict.fromkeys(staff, 50)
    powers[APPLICATION] = 100
    return rules | {
        "users": powers,
        "events_default": 50 * over,
        "events": {"livechat.chat_ended": 100},
    }
