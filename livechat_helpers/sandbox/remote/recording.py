"""Write recorded traffic as a pytest test that replays it."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from pprint import pformat
from typing import Any
from urllib.parse import quote

from .sandbox_error import SandboxError

Json = dict[str, Any]

REDACTED = "[redacted]"
"""The text that the trace shows instead of a secret."""
_CUT = "… [cut]"
_WIDTH = 80
_EMPTY = {"applications", "users", "conversations", "members", "events"}


def write_test(path: Path, before: bytes, entries: Sequence[Json], mark: int) -> None:
    """Write the test for a recording, and a file with the initial state.

    path: the test's file.
    before: the initial state, as an exported file.
    entries: the trace since the mark.
    mark: the trace's mark at the start of the recording.

    Raises:
        SandboxError: as for :func:`test_text`, or the trace has already dropped the
            start.
        OSError: a file can't be written.
    """
    if entries and entries[0]["id"] > mark + 1:
        raise SandboxError(
            "The recording is too long: the trace keeps the last 2,000 requests,"
            " frames and webhooks.\nRecord less at a time."
        )
    state_file = None
    if not is_empty(json.loads(before)):
        state_file = path.with_name(f"{path.stem}.state.json")
    text = test_text(entries, state_file)
    if state_file is not None:
        state_file.write_bytes(before)
    path.write_text(text, encoding="utf-8")


def test_text(entries: Iterable[Json], state_file: Path | None) -> str:
    """Return the text of a test that sends the recorded requests again.

    entries: the trace, oldest entry first.
    state_file: the file next to the test; None if the sandbox was empty at the start.

    Raises:
        SandboxError: there's no request to replay, or one can't be replayed.
    """
    steps = [line for entry in entries for line in _step(entry)]
    if not any(line.startswith("replay.") for line in steps):
        raise SandboxError(
            "Nothing was recorded: the sandbox got no request that can be replayed."
        )
    state = f', Path(__file__).with_name("{state_file.name}")' if state_file else ""
    imports = ["from pathlib import Path", ""] if state_file else []
    return "\n".join(
        [
            '"""A recorded session with the sandbox; pytest replays it."""',
            "",
            *imports,
            "from livechat_helpers.sandbox.remote.replay import Replay",
            "",
            "",
            "def test_recorded_session(vonage_sandbox):",
            f"    replay = Replay(vonage_sandbox{state})",
            *(f"    {line}" for line in steps),
            "",
        ]
    )


def is_empty(state: Json) -> bool:
    """Return whether a state contains nothing that a replay could need.

    state: the content of an exported file.
    """
    return not any(state["tables"][name]["rows"] for name in _EMPTY)


def _step(entry: Json) -> list[str]:
    """Return the test's lines for one entry of the trace."""
    if entry["kind"] == "frame":
        if entry["event"] is None:
            return []
        verb = "gets" if entry["direction"] == "out" else "says"
        told = f"{entry['actor'] or 'somebody'}'s websocket {verb} {entry['event']}"
        return [f"# {_one_line(told)}"]
    if entry["kind"] == "webhook":
        told = f"a webhook: {entry['event']}, {entry['status'] or 'no answer'}"
        return [f"# {_one_line(told)}"]
    if why := _why_not(entry):
        told = f"Left out, {why}: {entry['method']} {entry['path']}, {entry['status']}"
        return [f"# {_one_line(told)}"]
    if _CUT in entry["body"]:
        raise SandboxError(
            f"{entry['method']} {entry['path']} can't be replayed: its body is longer"
            " than the 16 KB that the trace keeps."
        )
    return _call(entry)


def _why_not(entry: Json) -> str | None:
    """Return why a request can't be sent again, or None if it can."""
    if entry["status"] is None:
        return "it was never answered"
    if entry["status"] == 101 or "/rtc" in entry["path"]:
        return "it's a websocket"
    if entry["status"] in (401, 403):
        return "it was refused for its token"
    if any(note.startswith("fault:") for note in entry["notes"]):
        return "a fault answered it"
    if REDACTED in entry["body"] or REDACTED in entry["query"]:
        return "it carried a secret"
    if entry["body"] and _json(entry["body"]) is None:
        return "it isn't JSON"
    return None


def _call(entry: Json) -> list[str]:
    # The trace shows the path decoded.
    path = quote(entry["path"]) + (f"?{entry['query']}" if entry["query"] else "")
    told: Json = {"actor": entry["actor"]}
    if entry["application_id"] and entry["actor"] != "account":
        told["application"] = entry["application_id"]
    if entry["body"]:
        told["body"] = _json(entry["body"])
    told["status"] = entry["status"]
    answer = _json(entry["answer"])
    if answer is not None:
        told["answer"] = answer
    lines = ["replay.call(", f"    {entry['method']!r},", f"    {path!r},"]
    for name, value in told.items():
        first, *more = pformat(value, width=_WIDTH, sort_dicts=False).splitlines()
        lines.append(f"    {name}={first}")
        lines += [f"    {' ' * (len(name) + 1)}{line}" for line in more]
        lines[-1] += ","
    return [*lines, ")"]


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return None


def _one_line(text: str) -> str:
    """Return a text that stays on its comment's line, whatever people have sent."""
    return "".join(each if each.isprintable() else "?" for each in text)
