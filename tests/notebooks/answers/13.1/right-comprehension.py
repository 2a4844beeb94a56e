def room_rules(agents, ended):
    users = {agent: 50 for agent in agents}
    users[APPLICATION] = 100
    rules = {name: 100 for name in ("state_default", "invite", "kick", "ban")}
    rules["users"] = users
    rules["users_default"] = 0
    rules["events_default"] = 0
    if ended:
        rules["events_default"] = 50
    rules["redact"] = 50
    rules["events"] = {"livechat.chat_ended": 100}
    return rules
