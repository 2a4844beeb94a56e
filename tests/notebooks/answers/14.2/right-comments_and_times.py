events = """
    # as it happens
    proxy_buffering off;
    proxy_read_timeout 1m;
"""
socket = """
    proxy_read_timeout 1h;
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection "upgrade";
    proxy_set_header Host $http_host;
    proxy_set_header X-Forwarded-For $remote_addr;
    proxy_set_header X-Forwarded-Proto $scheme;
"""
