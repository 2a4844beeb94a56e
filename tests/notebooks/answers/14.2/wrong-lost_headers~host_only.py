events = """
    proxy_buffering off;
"""
socket = """
    proxy_set_header Upgrade $http_upgrade;
    proxy_set_header Connection "upgrade";
    proxy_set_header Host $host;
"""
