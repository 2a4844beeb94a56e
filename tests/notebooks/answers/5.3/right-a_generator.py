def in_order(webhooks):
    events = {(e["conversation_id"], e["id"]): e for e in (w.event for w in webhooks)}
    yield from (events[key] for key in sorted(events))
