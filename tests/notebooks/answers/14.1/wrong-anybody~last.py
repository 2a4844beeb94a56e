def client_address(peer, forwarded, proxies):
    parts = [part.strip() for part in forwarded.split(",") if part.strip()]
    return parts[-1] if parts else peer
