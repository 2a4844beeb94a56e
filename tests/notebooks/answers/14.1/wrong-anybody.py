def client_address(peer, forwarded, proxies):
    parts = [part.strip() for part in forwarded.split(",") if part.strip()]
    return next((a for a in reversed(parts) if a not in proxies), peer)
