import re


def client_address(remote, header, ours):
    for address in [remote] + re.findall(r"[^,\s]+", header)[::-1]:
        if address not in ours:
            return address
    return remote
