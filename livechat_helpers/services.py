"""The engine and the website: find them running, or start them.

The engine is the sandbox, or Synapse if the settings say ``matrix``.

Whatever this process starts ends with it, even when it is killed.
"""

import http.client
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar
from urllib.parse import urlsplit

from .matrix.ready_file import MatrixInfo, NotRunning, running_matrix
from .plain_errors import PlainError
from .processes import lock
from .processes.child import Child, ChildError
from .sandbox.machine.ready_file import SandboxInfo
from .settings import Settings, SettingsError, running_sandbox

HEALTH_SECONDS = 1.0
"""How long a service may take to say that it is well."""

GRACE = 4.0
"""How long a service may take to end."""


class ServiceError(PlainError):
    """The sandbox or the website does not start; the text says why."""


@dataclass(frozen=True)
class WebsiteInfo:
    """Where the running website listens.

    url: its address, without a slash at the end.
    """

    url: str

    @property
    def page(self) -> str:
        """The customer's page, as a browser beside JupyterLab reaches it.

        On one machine it has JupyterLab's host name. Under a hub it is a path below
        JupyterLab's own (see ``website.jupyter_proxy``).
        """
        if base := os.environ.get("JUPYTERHUB_SERVICE_PREFIX"):
            return f"{base}livechat/"
        return f"http://localhost:{urlsplit(self.url).port}/"

    @property
    def agent_page(self) -> str:
        """The agent's page."""
        return f"{self.page}agent"


@dataclass(frozen=True)
class Services:
    """The running engine and the running website."""

    sandbox: SandboxInfo | MatrixInfo
    website: WebsiteInfo


Info = TypeVar("Info", SandboxInfo, MatrixInfo, WebsiteInfo)


class Service(Generic[Info]):
    """One service on one folder: found running, or started by us.

    name: what to call it, at the start of a sentence. find: returns where it runs, or
    None. arguments: what starts it. read: makes ``info`` from its ready line.
    log: the name of its log.
    """

    def __init__(
        self,
        name: str,
        find: Callable[[], Info | None],
        arguments: list[str],
        read: Callable[[dict[str, Any]], Info],
        log: str,
    ) -> None:
        self.name = name
        start = f"Start it: python -m livechat_helpers {arguments[0]}"
        self.not_running = f"{name} is not running.\n{start}"
        """What to say where it's needed and doesn't run."""
        self.child: Child | None = None
        self._find = find
        self._arguments = ["-m", "livechat_helpers", *arguments, "--exit-with-parent"]
        self._read = read
        self._log = log
        self._info: Info | None = None

    def find(self) -> Info | None:
        """Return where it runs, or None."""
        return self._find()

    @property
    def info(self) -> Info:
        """Where it runs. Call ``begin`` and ``wait`` first."""
        assert self._info is not None, "not started yet"
        return self._info

    def begin(self) -> None:
        """Find it, or start it without waiting until it is ready."""
        self._info = self._find()
        if self._info is None:
            self.child = Child(self.name, self._arguments, self._log)

    def wait(self) -> Info:
        """Wait until it is ready.

        Raises:
            ChildError: it does not start.
        """
        if self._info is None:
            assert self.child is not None, "begin() comes first"
            try:
                self._info = self._read(self.child.ready())
            except ChildError:
                self.stop()
                raise
        return self._info

    def alive(self) -> bool:
        """Tell whether it runs."""
        return self.child.alive if self.child else self._find() is not None

    def stop(self) -> None:
        """End it, if it was started here."""
        if self.child is not None:
            self.child.stop(GRACE)
            self.child = None


def sandbox(data_dir: Path) -> Service[SandboxInfo]:
    """Return the sandbox on a folder, whether it runs or not."""
    # Port 0: the one of last time, so that open pages find it again.
    ports = ["--http-port", "0", "--tls-port", "0", "--data-dir", str(data_dir)]
    return Service(
        "The sandbox",
        lambda: find_sandbox(data_dir),
        ["sandbox", *ports],
        SandboxInfo.read,
        "sandbox.log",
    )


def matrix(data_dir: Path) -> Service[MatrixInfo]:
    """Return the Synapse on a folder, whether it runs or not."""
    return Service(
        "Synapse",
        lambda: find_matrix(data_dir),
        ["matrix", "--data-dir", str(data_dir)],
        lambda _: running_matrix(data_dir),  # its ready line holds no secrets
        "matrix.log",
    )


def engine(data_dir: Path) -> Service[SandboxInfo] | Service[MatrixInfo]:
    """Return what runs the chats on a folder, as the settings say."""
    is_matrix = Settings.load().mode == "matrix"
    return matrix(data_dir) if is_matrix else sandbox(data_dir)


def website(data_dir: Path) -> Service[WebsiteInfo]:
    """Return the website of a sandbox's folder, whether it runs or not."""
    return Service(
        "The website",
        lambda: find_website(data_dir),
        ["website", "--port", "0", "--sandbox-dir", str(data_dir)],
        lambda ready: WebsiteInfo(ready["url"]),
        "website.log",
    )


def find_sandbox(data_dir: Path) -> SandboxInfo | None:
    """Return where the sandbox on a folder runs, or None."""
    try:
        info = running_sandbox(data_dir)
    except SettingsError:
        return None
    return info if _well(f"{info.http}/_sandbox/health") else None


def find_matrix(data_dir: Path) -> MatrixInfo | None:
    """Return where the Synapse on a folder runs, or None."""
    try:
        info = running_matrix(data_dir)
    except NotRunning:
        return None
    return info if _well(f"{info.url}/_matrix/client/versions", says=None) else None


def find_website(data_dir: Path) -> WebsiteInfo | None:
    """Return where the website of a sandbox's folder runs, or None."""
    try:
        info = WebsiteInfo(json.loads((data_dir / "website.json").read_bytes())["url"])
    except (OSError, ValueError, KeyError, TypeError):
        return None
    return info if _well(f"{info.url}/health") else None


def find(data_dir: Path | None = None) -> Services | None:
    """Return the running services, or None unless both run.

    data_dir: the engine's folder; the kit's own unless given.
    """
    folder = _folder(data_dir)
    is_matrix = Settings.load().mode == "matrix"
    running = find_matrix(folder) if is_matrix else find_sandbox(folder)
    page = find_website(folder)
    return Services(running, page) if running and page else None


def agent_link(data_dir: Path | None = None, *, agent: str = "agent") -> str:
    """Return a link that signs an agent in on the agents' page: once, within minutes.

    data_dir: the engine's folder; the kit's own unless given. agent: the agent's name.

    Raises:
        ServiceError: the website is not running.
    """
    from .agent_links import link_code  # it loads what few who come here need

    folder = _folder(data_dir)
    running = find_website(folder)
    if running is None:
        raise ServiceError(
            "The website is not running.\nStart it: services.ensure_running()"
        )
    # What stands behind the # is sent to no server and written into no log.
    return f"{running.agent_page}#{link_code(folder, agent)}"


def ensure_running(data_dir: Path | None = None) -> Services:
    """Return the running services, after starting what does not run.

    data_dir: the engine's folder; the kit's own unless given.

    Raises:
        ServiceError: one of them does not start.
    """
    folder = _folder(data_dir)
    both = engine(folder), website(folder)
    try:
        start(folder, *both)
    except ChildError as error:
        raise ServiceError(str(error)) from error
    except OSError as error:  # a course that many share, a full disk
        raise ServiceError(
            f"{folder} can't be written: {error.strerror or error}.\n"
            "Set LIVECHAT_HOME to a folder of your own before you start Jupyter, or "
            "free some space."
        ) from error
    # A child lives as long as its pipe, and that as long as this list.
    _started.extend(service for service in both if service.child)
    return Services(both[0].info, both[1].info)


_started: list[Service[Any]] = []


def start(data_dir: Path, *services: Service[Any]) -> None:
    """Find or start services, each when the one before it is ready.

    data_dir: the folder that is theirs; only one start at a time is under way there.

    Raises:
        ChildError: one of them does not start; the others are ended.
    """
    waiting = "Another start of the sandbox is under way; waiting for it ..."
    with lock.held(data_dir / "start.lock", waiting):
        try:
            for service in services:
                service.begin()
                service.wait()
        except BaseException:
            for service in services:
                service.stop()
            raise


@contextmanager
def running_on(data_dir: Path) -> Iterator[Services]:
    """Run both on a folder while the block lasts; those that run already go on.

    data_dir: the sandbox's folder.

    Raises:
        ChildError: one of them does not start.
    """
    both = engine(data_dir), website(data_dir)
    start(data_dir, *both)
    try:
        yield Services(both[0].info, both[1].info)
    finally:
        for service in reversed(both):
            service.stop()


def _folder(data_dir: Path | None) -> Path:
    return (data_dir or Settings.load().engine_dir()).resolve()


def _well(url: str, says: str | None = "ok") -> bool:
    """Ask a service on this machine how it is, past any proxy.

    says: what its answer's ``status`` is; None if an answer is enough.
    """
    parts = urlsplit(url)
    connection = http.client.HTTPConnection(parts.netloc, timeout=HEALTH_SECONDS)
    try:
        connection.request("GET", parts.path)
        answer = connection.getresponse()
        said = json.loads(answer.read())
        return answer.status == 200 and said.get("status") == says
    except (OSError, ValueError, AttributeError, http.client.HTTPException):
        return False
    finally:
        connection.close()
