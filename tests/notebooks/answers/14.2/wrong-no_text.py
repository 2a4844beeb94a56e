events = ["proxy_buffering off;"]
socket = ""
