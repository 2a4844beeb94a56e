"""Links to pages of this machine, for a browser that may be on another one.

Where a browser came through a forwarded port, ``localhost`` is its own machine.
Jupyter's address reaches this one, and has our pages below it.
"""

import json
import os
from html import escape
from pathlib import Path


class Link(str):
    """An address; a notebook shows it with the way through Jupyter beside it.

    by_jupyter: the path below Jupyter's own address; "" where no Jupyter is known.
    """

    by_jupyter: str

    def __new__(cls, address: str, by_jupyter: str = "") -> "Link":
        made = super().__new__(cls, address)
        made.by_jupyter = by_jupyter
        return made

    def to(self, rest: str) -> "Link":
        """Return the link to a page below this one."""
        by_jupyter = self.by_jupyter and self.by_jupyter + rest
        return Link(self + rest, by_jupyter)

    def _repr_html_(self) -> str | None:
        if not self.by_jupyter:
            return None
        if self == self.by_jupyter:
            return _anchor(self, self)
        through = _anchor(self.by_jupyter, "through Jupyter")
        return f"{_anchor(self, self)}, or {through} if only its port is forwarded"


def link(port: int, below: str) -> Link:
    """Return the link to a port of this machine.

    below: where it is below Jupyter's own address, such as ``livechat/``. On a hub
    there's no other way.
    """
    if base := os.environ.get("JUPYTERHUB_SERVICE_PREFIX"):
        return Link(base + below, base + below)
    base = _base_of_jupyter()
    return Link(f"http://localhost:{port}/", base and base + below)


def _base_of_jupyter() -> str:
    """Return the path of the Jupyter server that has this kernel; "" if none has."""
    server = os.environ.get("JPY_PARENT_PID")
    if server is None:
        return ""
    from jupyter_core.paths import jupyter_runtime_dir  # the keeper doesn't load it

    try:
        about = Path(jupyter_runtime_dir()) / f"jpserver-{server}.json"
        return str(json.loads(about.read_bytes())["base_url"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""  # another program has started the kernel


def _anchor(address: str, words: str) -> str:
    return f'<a href="{escape(address)}" target="_blank">{escape(words)}</a>'
