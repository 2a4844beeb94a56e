def client_address(peer, forwarded, proxies):
    parts = [part.strip() for part in forwarded.split(",") if part.strip()]
    return parts[0] if parts and peer in proxies else peer
