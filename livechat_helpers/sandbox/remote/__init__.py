"""A running sandbox, held from another process: a notebook, a test, a demonstration.

sandbox = connect()
sandbox.trace(last=5)
with sandbox.faults.refuse(503, times=2):
    ...
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from ..machine.folder import default_folder
from ..machine.running import NotRunning, SandboxInfo, running_sandbox
from .clock import Clock
from .errors import SandboxError
from .faults import Faults
from .trace import Tracing

__all__ = ["RemoteSandbox", "SandboxError", "connect"]

Json = dict[str, Any]


@dataclass(frozen=True)
class RemoteSandbox:
    """One running sandbox and what only it can do.

    info: where it listens, and the credentials of its account.
    """

    info: SandboxInfo

    @property
    def url(self) -> str:
        """Where browsers and Node reach it: plain HTTP."""
        return self.info.http

    def environment(self) -> dict[str, str]:
        """Return the variables that let a Python or Node program trust its TLS."""
        authority = str(self.info.ca)
        return {
            "REQUESTS_CA_BUNDLE": authority,
            "NODE_EXTRA_CA_CERTS": authority,
            "NO_PROXY": "127.0.0.1,localhost",
        }

    @cached_property
    def _http(self) -> httpx.Client:
        secret = self.info.api_secret.get_secret_value()
        return httpx.Client(
            base_url=f"{self.url}/_sandbox",
            auth=(self.info.api_key, secret),
            trust_env=False,
            verify=False,  # noqa: S501 -- it is plain HTTP, on this machine
            timeout=30,
        )

    @property
    def faults(self) -> Faults:
        """Faults on purpose: slow answers, refusals, lost replies, dropped sockets."""
        return Faults(self.call)

    @property
    def trace(self) -> Tracing:
        """What happened: ``trace()`` is a table and a diagram of it."""
        return Tracing(self.call)

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Send a request to a path under ``/_sandbox`` and return the JSON answer.

        Raises:
            SandboxError: it refused, or it is not there.
        """
        content = {} if body is None else {"json": body}
        try:
            answer = self._http.request(method, path, params=query or None, **content)
        except httpx.TransportError as error:
            raise SandboxError(
                f"The sandbox does not answer at {self.url}: {error}\n"
                "Start it again: python -m livechat_helpers"
            ) from error
        if answer.is_error:
            raise SandboxError(_why(answer.json()))
        return answer.json() if answer.content else None

    def reset(self, seed: str | None = None) -> None:
        """Make the sandbox as it was on its first day, but for account and snapshots.

        seed: any text; with the same one the ids that follow are the same again.
        """
        self.call("POST", "/reset", {"seed": seed} if seed else {})

    def snapshot(self, name: str) -> None:
        """Keep the state under a name: letters, digits, ``-`` and ``_``."""
        self.call("PUT", _snapshot(name))

    def restore(self, name: str, seed: str | None = None) -> None:
        """Make the state what it was when it was kept under a name.

        seed: as for :meth:`reset`.

        Raises:
            SandboxError: nothing was kept under that name.
        """
        body = {"seed": seed} if seed else {}
        self.call("POST", f"{_snapshot(name)}/restore", body)

    @property
    def clock(self) -> Clock:
        """The sandbox's clock, which can be stopped and stepped."""
        return Clock(self.call)

    def close(self) -> None:
        """Close the connections to it."""
        self._http.close()


def _snapshot(name: str) -> str:
    """Return the path of a snapshot."""
    return f"/snapshots/{quote(name, safe='')}"


def _why(error: Json) -> str:
    """Return the sentences of an error answer."""
    wrong = [one["reason"] for one in error.get("invalid_parameters", ())]
    return "\n".join([error["detail"], *wrong])


def connect(sandbox_dir: Path | None = None) -> RemoteSandbox:
    """Return the sandbox that runs on a folder.

    sandbox_dir: the folder; without it, the usual one.

    Raises:
        SandboxError: none is running.
    """
    try:
        return RemoteSandbox(running_sandbox(sandbox_dir or default_folder()))
    except NotRunning as error:
        raise SandboxError(str(error)) from error
