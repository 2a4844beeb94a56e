def client_address(peer, forwarded, proxies):
    chain = [part for part in forwarded.split(",") if part] + [peer]
    return next((a for a in reversed(chain) if a not in proxies), peer)
