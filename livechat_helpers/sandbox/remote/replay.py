"""Replay a recorded session, and compare the responses with the recorded ones.

The tests that ``record`` writes use this. Ids and times differ from run to run, so each
recorded id matches whatever id replaces it, and times aren't compared.
"""

import json
import re
from pathlib import Path
from typing import Any

import httpx

from . import RemoteSandbox
from .recording import REDACTED

_ID = re.compile(
    r"(?:[A-Z]{3}-)?[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}|\b[0-9a-f]{32}\b"
)
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z?")
_ORIGIN = re.compile(r"https?://[^/\"\s]+")
_CURSOR = re.compile(r"(cursor=)[^&]+")


class Replay:
    """One replay, on a sandbox that only has the recording's initial state.

    sandbox: a running sandbox, which loses its current state.
    state: the file with the initial state; without it, the sandbox starts empty.
    """

    def __init__(self, sandbox: RemoteSandbox, state: Path | None = None) -> None:
        self._sandbox = sandbox
        self._ids: dict[str, str] = {}
        if state is None:
            sandbox.reset()
        else:
            sandbox.import_state(state)

    def call(
        self,
        method: str,
        path: str,
        *,
        actor: str = "nobody",
        application: str | None = None,
        body: Any = None,
        status: int,
        answer: Any = None,
    ) -> None:
        """Send a request, and compare the answer with the recorded one.

        method: the HTTP method.
        path: the path, including the query.
        actor: a user's name, ``application``, ``account`` or ``nobody``.
        application: the id of the actor's application.
        body: the JSON to send, if any.
        status, answer: the recorded answer; an answer of None isn't compared.

        Raises:
            AssertionError: the answer differs.
        """
        told = f"{method} {path} by {actor}"
        got = httpx.request(
            method,
            self._sandbox.url + self._known(path),
            headers=self._headers(actor, application),
            auth=self._auth(actor),
            content=None if body is None else json.dumps(self._all_known(body)),
            trust_env=False,
        )
        assert got.status_code == status, f"{told}: {got.status_code} {got.text}"
        if answer is not None:
            self._compare(answer, got.json(), told)

    def _auth(self, actor: str) -> tuple[str, str] | None:
        info = self._sandbox.info
        if actor != "account":
            return None
        return info.api_key, info.api_secret.get_secret_value()

    def _headers(self, actor: str, application: str | None) -> dict[str, str]:
        headers = {"content-type": "application/json"}
        if application is not None:
            user = None if actor == "application" else actor
            token = self._sandbox.token(self._known(application), user)
            headers["authorization"] = f"Bearer {token}"
        return headers

    def _known(self, text: str) -> str:
        """Replace the recorded ids in a text with the ids of this run."""
        return _ID.sub(lambda found: self._ids.get(found[0], found[0]), text)

    def _all_known(self, value: Any) -> Any:
        return json.loads(self._known(json.dumps(value)))

    def _compare(self, wanted: Any, found: Any, where: str) -> None:
        if isinstance(wanted, dict) and isinstance(found, dict):
            assert sorted(wanted) == sorted(found), f"{where}: {found}"
            for name, value in wanted.items():
                self._compare(value, found[name], f"{where}, {name}")
        elif isinstance(wanted, list) and isinstance(found, list):
            assert len(wanted) == len(found), f"{where}: {found}"
            for number, (one, other) in enumerate(zip(wanted, found, strict=True)):
                self._compare(one, other, f"{where}, {number}")
        elif isinstance(wanted, str) and isinstance(found, str):
            self._compare_texts(wanted, found, where)
        else:
            assert wanted == found, f"{where}: {found!r}, not {wanted!r}"

    def _compare_texts(self, wanted: str, found: str, where: str) -> None:
        if REDACTED in wanted or (_TIME.fullmatch(wanted) and _TIME.fullmatch(found)):
            return
        ids, others = _ID.findall(wanted), _ID.findall(found)
        if len(ids) == len(others):
            for one, other in zip(ids, others, strict=True):
                self._ids.setdefault(one, other)
        wanted, found = _brief(self._known(wanted)), _brief(found)
        assert wanted == found, f"{where}: {found!r}, not {wanted!r}"


def _brief(text: str) -> str:
    """Remove what differs from run to run in a text: addresses and cursors."""
    return _CURSOR.sub(r"\1", _ORIGIN.sub("", text))
