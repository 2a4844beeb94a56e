def client_address(peer, forwarded, proxies):
    if peer not in proxies or not forwarded.strip():
        return peer
    rest, _, last = forwarded.rpartition(",")
    return client_address(last.strip(), rest, proxies)
