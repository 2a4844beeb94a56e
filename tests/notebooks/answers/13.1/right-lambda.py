room_rules = lambda agents, ended: dict(
    users={APPLICATION: 100, **{agent: 50 for agent in agents}},
    events_default=[0, 50][ended],
    state_default=100,
    invite=100,
    kick=100,
    ban=100,
    events={"livechat.chat_ended": 100},
)
