def client_address(peer, forwarded, proxies):
    chain = [part.strip() for part in forwarded.split(",") if part.strip()]
    chain.append(peer)
    while chain[-1] in proxies and len(chain) > 1:
        chain.pop()
    return chain[-1]
