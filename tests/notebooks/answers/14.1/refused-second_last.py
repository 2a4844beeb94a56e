def client_address(peer, forwarded, proxies):
    parts = [part.strip() for part in forwarded.split(",") if part.strip()]
    return ([peer] + parts)[-2] if parts else peer
