events = """
    proxy_buffering off;
"""
socket = """
    proxy_buffering off;
"""
