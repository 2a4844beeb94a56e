async def ticks(number, happened):
    mine = [e["type"] for e in happened if e["body"].get("event_id") == number]
    if "message:seen" in mine:
        return "seen"
    return "delivered" if "message:delivered" in mine else "sent"
