"""Links to pages on this machine, for a browser that may be on a different one.

For a browser that uses a forwarded port, ``localhost`` is its own machine. Jupyter's
address does reach this one, and our pages are below it.
"""

import json
import os
from html import escape
from pathlib import Path


class Link(str):
    """An address that a notebook shows together with the way through Jupyter.

    by_jupyter: the address below Jupyter's own; empty if there's no Jupyter.
    """

    by_jupyter: str

    def __new__(cls, address: str, by_jupyter: str = "") -> "Link":
        made = super().__new__(cls, address)
        made.by_jupyter = by_jupyter
        return made

    def to(self, rest: str) -> "Link":
        """Return a link to a page below this one."""
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
    """Return a link to a port of this machine.

    On a hub, the path below Jupyter's address is the only way.

    below: the path below Jupyter's own address, such as ``livechat/``.
    """
    if base := os.environ.get("JUPYTERHUB_SERVICE_PREFIX"):
        return Link(base + below, base + below)
    base = _base_of_jupyter()
    return Link(f"http://localhost:{port}/", base and base + below)


def _base_of_jupyter() -> str:
    """Return the path of the Jupyter server that runs this kernel, or an empty text."""
    server = os.environ.get("JPY_PARENT_PID")
    if server is None:
        return ""
    from jupyter_core.paths import jupyter_runtime_dir  # The keeper doesn't need it.

    try:
        about = Path(jupyter_runtime_dir()) / f"jpserver-{server}.json"
        return str(json.loads(about.read_bytes())["base_url"])
    except (OSError, ValueError, KeyError, TypeError):
        return ""  # Another program has started the kernel.


def _anchor(address: str, words: str) -> str:
    return f'<a href="{escape(address)}" target="_blank">{escape(words)}</a>'
