"""Control a running sandbox from another process, such as a notebook or a test.

sandbox = connect()
sandbox.trace(last=5)
with sandbox.faults.refuse(503, times=2):
    ...
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from ..machine.folder import default_folder
from ..machine.ready_file import NotRunning, SandboxInfo, running_sandbox
from .clock_control import Clock
from .faults import Faults
from .recording import write_test
from .sandbox_error import SandboxError
from .trace import Tracing

__all__ = ["RemoteSandbox", "SandboxError", "connect"]

Json = dict[str, Any]


@dataclass(frozen=True)
class RemoteSandbox:
    """One running sandbox, with everything that the real Vonage can't do.

    info: its addresses, and the credentials of its account.
    """

    info: SandboxInfo

    @property
    def url(self) -> str:
        """The address for browsers and Node, which is plain HTTP."""
        return self.info.http

    def environment(self) -> dict[str, str]:
        """Return the variables that make a Python or Node program trust its TLS."""
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
        """Deliberate faults: slow answers, rejections, lost replies, and more."""
        return Faults(self.call)

    @property
    def trace(self) -> Tracing:
        """The trace: ``trace()`` shows a table and a diagram of what happened."""
        return Tracing(self.call)

    def call(self, method: str, path: str, body: Any = None, **query: Any) -> Any:
        """Send a request to a path under ``/_sandbox`` and return the JSON answer.

        body: the value to send as JSON; bytes are sent unchanged.

        Raises:
            SandboxError: the sandbox rejected the request, or can't be reached.
        """
        answer = self._answer(method, path, body, query)
        return answer.json() if answer.content else None

    def _answer(
        self, method: str, path: str, body: Any = None, query: Json | None = None
    ) -> httpx.Response:
        content: Json = {} if body is None else {"json": body}
        if isinstance(body, bytes):
            content = {"content": body}
        try:
            answer = self._http.request(method, path, params=query or None, **content)
        except httpx.TransportError as error:
            raise SandboxError(
                f"The sandbox doesn't answer at {self.url}: {error}\n"
                "Start it again: python -m livechat_helpers"
            ) from error
        if answer.is_error:
            raise SandboxError(_why(answer.json()))
        return answer

    def reset(self, seed: str | None = None) -> None:
        """Empty the sandbox, as if it were new; the account and the snapshots stay.

        seed: any text. The same seed leads to the same ids.
        """
        self.call("POST", "/reset", {"seed": seed} if seed else {})

    def snapshot(self, name: str) -> None:
        """Save the state under a name of letters, digits, ``-`` and ``_``."""
        self.call("PUT", _snapshot(name))

    def restore(self, name: str, seed: str | None = None) -> None:
        """Restore the state that was saved under a name.

        seed: as for :meth:`reset`.

        Raises:
            SandboxError: nothing was saved under that name.
        """
        body = {"seed": seed} if seed else {}
        self.call("POST", f"{_snapshot(name)}/restore", body)

    def snapshots(self) -> list[str]:
        """Return the names of the saved states, oldest first."""
        return self.call("GET", "/snapshots")["snapshots"]

    def export_state(self, path: Path | str) -> None:
        """Write the whole state, except secrets and sessions, to one file.

        path: the file; an existing one is overwritten.

        Raises:
            OSError: it can't be written.
        """
        Path(path).write_bytes(self._answer("GET", "/state").content)

    def import_state(self, path: Path | str, seed: str | None = None) -> None:
        """Replace the whole state with the one in a file.

        path: a file that :meth:`export_state` wrote.
        seed: as for :meth:`reset`.

        Raises:
            OSError: it can't be read.
            SandboxError: it doesn't contain a state.
        """
        query = {"seed": seed} if seed else {}
        self.call("PUT", "/state", Path(path).read_bytes(), **query)

    @contextmanager
    def record(self, path: Path | str) -> Iterator[None]:
        """Record until the ``with`` block ends, and write a test that replays it.

        If the sandbox isn't empty at the beginning, its state goes into a second file
        next to the test.

        path: the test's file; call it ``test_….py`` so that pytest finds it.

        Raises:
            SandboxError: nothing was recorded, or something can't be replayed.
            OSError: a file can't be written.
        """
        before = self._answer("GET", "/state").content
        mark = self.trace.mark()
        yield
        write_test(Path(path), before, self.trace(after=mark), mark)

    def token(
        self, application: str, user: str | None = None, seconds: int = 900
    ) -> str:
        """Return a token signed by the sandbox, so you don't need a private key.

        application: its id.
        user: the user's name; without one, the token acts for the application.
        seconds: its lifetime, at most a day.

        Raises:
            SandboxError: there's no such application.
        """
        order = {"application": application, "seconds": seconds}
        if user is not None:
            order["user"] = user
        return self.call("POST", "/tokens", order)["token"]

    def applications(self) -> list[Json]:
        """Return every application: id, name, and the number of its contents."""
        return self.call("GET", "/applications")["applications"]

    def users(self, application: str, search: str = "") -> list[Json]:
        """Return an application's first 100 users whose name or id matches a search.

        application: its id.
        search: a part of the name or id; an empty one matches everybody.
        """
        path = f"/applications/{_part(application)}/users"
        return self.call("GET", path, search=search)["users"]

    def conversations(self, application: str, search: str = "") -> list[Json]:
        """Return the 100 conversations of an application with the most recent events.

        application: its id.
        search: a part of the name, the id, or a member's name; an empty one matches
            all.
        """
        path = f"/applications/{_part(application)}/conversations"
        return self.call("GET", path, search=search)["conversations"]

    def conversation(self, conversation: str) -> Json:
        """Return a conversation with its members and its last 100 events.

        conversation: its id.

        Raises:
            SandboxError: it doesn't exist.
        """
        return self.call("GET", f"/conversations/{_part(conversation)}")

    def send(self, conversation: str, text: str, *, sender: str | None = None) -> Json:
        """Write a message in a conversation, as one of its members.

        conversation: its id.
        text: the message.
        sender: the name of a user who has joined; without one, the application is the
            sender.

        Raises:
            SandboxError: there's no such conversation or member.
        """
        order: Json = {"body": {"message_type": "text", "text": text}}
        if sender is not None:
            order["sender"] = sender
        return self.call("POST", f"/conversations/{_part(conversation)}/events", order)

    @property
    def clock(self) -> Clock:
        """The sandbox's clock, which can be stopped and moved forward."""
        return Clock(self.call)

    def close(self) -> None:
        """Close the connections to the sandbox."""
        self._http.close()


def _snapshot(name: str) -> str:
    """Return the path of a snapshot."""
    return f"/snapshots/{_part(name)}"


def _part(text: str) -> str:
    return quote(text, safe="")


def _why(error: Json) -> str:
    """Return the error's sentences."""
    wrong = [one["reason"] for one in error.get("invalid_parameters", ())]
    return "\n".join([error["detail"], *wrong])


def connect(sandbox_dir: Path | None = None) -> RemoteSandbox:
    """Connect to the sandbox that's running on a folder.

    sandbox_dir: the folder; defaults to the usual one.

    Raises:
        SandboxError: no sandbox is running there.
    """
    try:
        return RemoteSandbox(running_sandbox(sandbox_dir or default_folder()))
    except NotRunning as error:
        raise SandboxError(str(error)) from error
