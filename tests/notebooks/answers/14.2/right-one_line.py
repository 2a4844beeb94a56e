events = "proxy_buffering off; proxy_read_timeout 3600;"
headers = [
    "Upgrade $http_upgrade",
    "Connection upgrade",
    "Host $host",
    "X-Forwarded-For $remote_addr",
    "X-Forwarded-Proto $scheme",
]
socket = " ".join(f"proxy_set_header {one};" for one in headers)
