def client_address(peer, forwarded, proxies):
    return peer
