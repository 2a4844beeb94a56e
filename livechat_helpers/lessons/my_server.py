"""The learner's own server, ``my_chat``, running alongside a notebook, and its page."""

from html import escape
from importlib import import_module
from typing import Any
from urllib.parse import urlsplit

import anywidget
import traitlets

from livechat_helpers import places
from livechat_helpers.processes.child import Child
from livechat_helpers.services import Link, link

from . import pieces
from .in_browser.jobs import of_this_process

_GRACE = 3.0  # seconds that the server can take to end

_FRAME = """
// Where Jupyter's port is forwarded, this machine is another one for the browser. The
// kernel's own address has a key in it, so whoever answers there is the kernel.
async function reach(address, kernel) {
  const said = document.getElementById('jupyter-config-data');
  const base = said ? JSON.parse(said.textContent).baseUrl : '';
  if (!base || new URL(kernel, location.href).origin === location.origin)
    return address;
  try {
    if (!['localhost', '127.0.0.1'].includes(location.hostname)) throw 0;
    await fetch(`${kernel}host.js`, { signal: AbortSignal.timeout(5000) });
    return address;
  } catch {
    const { port, pathname, hash } = new URL(address);
    return `${base}proxy/${port}${pathname}${hash}`;
  }
}

export default {
  async render({ model, el }) {
    const frame = document.createElement('iframe');
    frame.title = model.get('title');
    const height = model.get('height');
    frame.style = `width: 100%; height: ${height}; border: 1px solid #8884`;
    el.append(frame);
    const load = async () => {
      frame.src = await reach(model.get('address'), model.get('jobs'));
    };
    model.on('change:version', load);
    load();
    // While it's shown, this browser runs the scripts of the notebook's checks.
    const jobs = await reach(model.get('jobs'), model.get('jobs'));
    import(`${jobs}host.js`).then(({ work }) => work(jobs, frame), () => {});
    return () => model.off('change:version', load);
  },
};
"""


class Frame(anywidget.AnyWidget):
    """A page shown in a cell's output.

    address: the page's address.
    title: its name for screen readers.
    height: its CSS height.
    version: changing it reloads the page.
    jobs: where the browser that shows the page asks for scripts to run; see
        ``in_browser``.
    """

    _esm = _FRAME
    address = traitlets.Unicode().tag(sync=True)
    title = traitlets.Unicode("A page").tag(sync=True)
    height = traitlets.Unicode("420px").tag(sync=True)
    version = traitlets.Int(0).tag(sync=True)
    jobs = traitlets.Unicode().tag(sync=True)

    def reload(self) -> None:
        """Reload the page."""
        self.version += 1

    def __repr__(self) -> str:
        return f"{self.title}, in a frame: run the cell to see it."

    def _repr_mimebundle_(self, **options: Any) -> Any:
        bundle = super()._repr_mimebundle_(**options)
        data = bundle[0] if isinstance(bundle, tuple) else bundle
        words = repr(self)
        return {**(data or {}), "text/plain": words, "text/html": escape(words)}


class MyServer:
    """The learner's server: ``python -m my_chat`` in a separate process.

    It ends with the kernel. It runs the code that ``my_chat`` had when it was started,
    but reads the page's files again each time.

    Raises:
        ChildError: it doesn't start; the text says why.
    """

    def __init__(self) -> None:
        self.url = ""
        self._child: Child | None = None
        self._frames: list[Frame] = []
        self.restart()

    def restart(self) -> None:
        """Restart with the current ``my_chat``, on the same port.

        Raises:
            ChildError: it doesn't start; the text says why.
        """
        port = urlsplit(self.url).port or 0
        self.close()
        pieces.install()
        parent = str(places.my_chat_dir().parent)
        run = (
            f"import runpy, sys; sys.path.insert(0, {parent!r}); "
            "runpy.run_module('my_chat', run_name='__main__', alter_sys=True)"
        )
        options = ["--port", str(port), "--exit-with-parent"]
        self._child = Child("Your server", ["-c", run, *options], "my-chat.log")
        self.url = self._child.ready()["url"]
        self.reload()

    def close(self) -> None:
        """End the server."""
        if self._child is not None:
            self._child.stop(_GRACE)
            self._child = None

    @property
    def page(self) -> Link:
        """The customer's page, for a browser that shows JupyterLab."""
        port = urlsplit(self.url).port or 80
        return link(port, f"proxy/{port}/")

    def frame(self, path: str = "", height: str = "420px") -> Frame:
        """Return a page of the server, for a cell to show.

        path: ``agent`` for the agent's page, with the agent already signed in.
        height: the CSS height.
        """
        address, title = self.page.to(path), "Your page"
        if path == "agent":
            title = "The agent's page"
            visitors = import_module("my_chat.visitors")
            address = address.to(f"#{visitors.agents.code()}")
        jobs = of_this_process().beside_jupyter
        made = Frame(address=address, title=title, height=height, jobs=jobs)
        self._frames.append(made)
        return made

    def log(self) -> str:
        """Return the last lines that the server wrote to its log."""
        return self._child.last_words() if self._child is not None else ""

    def reload(self) -> None:
        """Reload the pages that are shown."""
        for frame in self._frames:
            frame.reload()

    def __repr__(self) -> str:
        state = "runs" if self._child is not None and self._child.alive else "has ended"
        return f"<your server {state}: {self.url}>"
