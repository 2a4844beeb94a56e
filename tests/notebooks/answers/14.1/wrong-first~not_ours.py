def client_address(peer, forwarded, proxies):
    parts = [part.strip() for part in forwarded.split(",") if part.strip()]
    return next((a for a in parts + [peer] if a not in proxies), peer)
