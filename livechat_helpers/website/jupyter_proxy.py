"""The website under JupyterLab's own address, as jupyter-server-proxy shows it.

Under a JupyterHub, or on Binder, a browser reaches this machine through JupyterLab
alone. There the page is at ``livechat/`` below JupyterLab's path. The first look at it
starts the website, and the sandbox if that does not run yet.

Source: https://jupyter-server-proxy.readthedocs.io/en/latest/server-process.html
"""

import sys
from typing import Any


def describe() -> dict[str, Any]:
    """Return what jupyter-server-proxy is to start, and how to reach it."""
    website = [sys.executable, "-m", "livechat_helpers", "website"]
    return {
        "command": [*website, "--with-sandbox", "--unix-socket", "{unix_socket}"],
        "unix_socket": True,
        "timeout": 60,
        "launcher_entry": {"title": "Live chat"},
    }
