async def client_address(peer, forwarded, proxies):
    parts = [part.strip() for part in forwarded.split(",") if part.strip()]
    for address in [peer, *reversed(parts)]:
        if address not in proxies:
            return address
    return peer
