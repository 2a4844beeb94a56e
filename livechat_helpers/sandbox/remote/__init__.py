"""A running sandbox, held from another process: a notebook, a test, a demonstration.

sandbox = connect()
sandbox.trace(last=5)
with sandbox.faults.refuse(503, times=2):
    ...
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
from pydantic import SecretStr

from livechat_helpers import places
from livechat_helpers.settings import running_sandbox

Json = dict[str, Any]


class SandboxError(Exception):
    """The sandbox did not do what it was asked to; the text says why."""


@dataclass(frozen=True)
class RemoteSandbox:
    """One running sandbox and what only it can do.

    url: its plain listener. api_key, api_secret: its account's.
    """

    url: str
    api_key: str
    api_secret: SecretStr

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Send a request to a path under ``/_sandbox`` and return the JSON answer.

        Raises:
            SandboxError: it refused, or it is not there.
        """
        content = {} if body is None else {"json": body}
        try:
            answer = httpx.request(
                method,
                f"{self.url}/_sandbox{path}",
                auth=(self.api_key, self.api_secret.get_secret_value()),
                params=query or None,
                trust_env=False,
                timeout=30,
                **content,
            )
        except httpx.TransportError as error:
            raise SandboxError(
                f"The sandbox does not answer at {self.url}: {error}\n"
                "Start it again: python -m livechat_helpers"
            ) from error
        if answer.is_error:
            raise SandboxError(answer.json().get("detail", answer.text))
        return answer.json() if answer.content else None


def connect(sandbox_dir: Path | None = None) -> RemoteSandbox:
    """Return the sandbox that runs on a folder.

    sandbox_dir: the folder; without it, the one of this clone.

    Raises:
        SettingsError: none is running.
    """
    info = running_sandbox(sandbox_dir or places.sandbox_dir())
    return RemoteSandbox(info.http, info.api_key, info.api_secret)
