"""A fresh home for every test, so that nobody's .env or .data is touched."""

import inspect
import os
import re
import sys
import tempfile
from collections import Counter
from collections.abc import Callable
from functools import cache
from pathlib import Path

import httpx
import pytest
from authorities import Authorities
from side_by_side import Scheduler
from xdist.remote import Producer

from livechat_helpers import services
from livechat_helpers.matrix import platforms


def pytest_sessionstart(session: pytest.Session) -> None:
    """Give the session and the notebooks' kernels an empty home."""
    home = tempfile.TemporaryDirectory(prefix="livechat-home-")
    session.config.add_cleanup(home.cleanup)
    os.environ["LIVECHAT_HOME"] = str(Path(home.name).resolve())
    for name in [name for name in os.environ if name.startswith("VONAGE_")]:
        del os.environ[name]
    _be_patient()


def _be_patient() -> None:
    """Let httpx wait 30 s unless told otherwise; five seconds are its default."""
    default = inspect.signature(httpx.Client).parameters["timeout"].default
    default.connect = default.read = default.write = default.pool = 30


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduler:
    """Distribute the tests by file and folder."""
    return Scheduler(config, log)


def pytest_report_header() -> list[str]:
    """Say why notebook 13 isn't run, if it isn't."""
    why = platforms.obstacle()
    return [f"Notebook 13 is left out: {why[0]}"] if why else []


def pytest_collection_modifyitems(
    config: pytest.Config, items: list[pytest.Item]
) -> None:
    """Leave out notebook 13 where Synapse can't run, and most translations.

    A translated notebook has the same code as the English one, so CI plays only one
    translation, and the weekly run plays the rest. Tests in a browser have a second
    try: on a busy machine, a page may not draw for any length of time. Both tries are
    reported, with the first one's traceback.
    """
    for item in items:
        in_browser = not _BROWSERS.isdisjoint(getattr(item, "fixturenames", ()))
        if in_browser and item.get_closest_marker("flaky") is None:
            item.add_marker(pytest.mark.flaky(reruns=1))
        if re.match(r"notebooks/[a-z]{2}/(?!00_)", item.nodeid):
            item.add_marker("weekly")
    if platforms.obstacle() is not None:
        _leave_out(config, items, lambda one: bool(_NEEDS_SYNAPSE.search(one.nodeid)))
    if sys.platform == "win32":  # its files have no mode for a cell to show
        _leave_out(config, items, lambda one: "st_mode" in _source(one))


_BROWSERS = {"browser", "chromium", "lab", "opened"}
"""The fixtures that are a browser, or that open one."""

_NEEDS_SYNAPSE = re.compile(r"13_move_house|\[13\.\d")


def _source(item: pytest.Item) -> str:
    """Return the code of a notebook's cell; "" for other tests."""
    return getattr(item, "cell", {}).get("source", "")


def _leave_out(
    config: pytest.Config,
    items: list[pytest.Item],
    which: Callable[[pytest.Item], bool],
) -> None:
    left_out = [one for one in items if which(one)]
    config.hook.pytest_deselected(items=left_out)
    items[:] = [one for one in items if one not in left_out]


def pytest_collection_finish(session: pytest.Session) -> None:
    """Check that every test has its own id.

    Raises: pytest.UsageError: tests share an id; in parallel, only one of them would
        run.
    """
    ids = Counter(item.nodeid for item in session.items)
    shared = [id for id, count in ids.items() if count > 1]
    if shared:
        raise pytest.UsageError(f"Several tests have the same id: {', '.join(shared)}")


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """Trust few authorities; start the services before the first of the notebooks."""
    _authorities().prepare(item.nodeid)
    if item.path.suffix == ".ipynb":
        _services_of_the_notebooks()


_authorities = cache(Authorities)
_services_of_the_notebooks = cache(services.ensure_running)
