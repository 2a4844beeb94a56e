"""Notebook 12: what the cloud asks for, what is left behind, and other services."""

import os
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import httpx
from vonage_http_client.errors import NotFoundError

from livechat_helpers import places
from livechat_helpers.client import answer_to
from livechat_helpers.processes.child import importable
from livechat_helpers.support_desk import SupportDesk

from . import pieces
from .content import Exercise, Lesson, Mistaken
from .wording import words_of

_NEEDED = ("VONAGE_API_KEY", "VONAGE_API_SECRET", "PUBLIC_URL")
_READY = {
    "VONAGE_API_KEY": "abcd1234",
    "VONAGE_API_SECRET": "a-secret",
    "PUBLIC_URL": "https://chat.example.com",
}


def _check_missing(missing: Callable[[dict[str, str]], Any]) -> None:
    for env in ({}, {"VONAGE_MODE": "cloud"}):
        found = missing(env)
        if found is None:
            raise Mistaken("nothing")
        if not {*_NEEDED} <= {*found}:
            name = next(one for one in _NEEDED if one not in found)
            raise Mistaken("overlooked", name=name)
        if len(found) > len(_NEEDED):
            name = next((one for one in found if one not in _NEEDED), found[0])
            raise Mistaken("too_much", name=name)
    for name in _NEEDED:
        if name not in missing(_READY | {name: ""}):
            raise Mistaken("empty", name=name)
    local = "http://localhost:8000"
    if "PUBLIC_URL" not in missing(_READY | {"PUBLIC_URL": local}):
        raise Mistaken("local", address=local)
    if named := missing(_READY):
        raise Mistaken("not_missing", name=next(iter(named)))


_CHATS = 3


class _Chats:
    """Three chats to delete, one conversation of which is gone, and one to leave."""

    def __init__(self) -> None:
        self._desk = SupportDesk.open()
        self._agent = self._desk.agent()["id"]
        *doomed, self._other = [self._desk.open_chat() for _ in range(_CHATS + 1)]
        self.doomed = [
            {"conversation": chat["conversation"]["id"], "user": chat["user"]["id"]}
            for chat in doomed
        ]
        self._desk.conversations.delete(self.doomed[1]["conversation"])

    def is_there(self, conversation: str) -> bool:
        return answer_to(self._desk.conversations.get, conversation) == "welcome"

    def users_left(self) -> int:
        """Return how many visitors are still there who should be gone."""
        return sum(self._has_user(chat["user"]) for chat in self.doomed)

    def _has_user(self, user: str) -> bool:
        try:
            next(self._desk.conversations.of_user(user), None)
        except NotFoundError:
            return False
        return True

    def others_are_well(self) -> bool:
        return (
            self.is_there(self._other["conversation"]["id"])
            and self._has_user(self._other["user"]["id"])
            and self._has_user(self._agent)
        )


def _check_clean_up(clean_up: Callable[[list[dict[str, str]]], Any]) -> None:
    chats = _Chats()
    try:
        receipt = clean_up([dict(chat) for chat in chats.doomed])
    except NotFoundError:
        raise Mistaken("stops") from None
    if not chats.others_are_well():
        raise Mistaken("others")
    if any(chats.is_there(chat["conversation"]) for chat in chats.doomed):
        raise Mistaken("conversations_left")
    if left := chats.users_left():
        raise Mistaken("users_left", count=left)
    if not isinstance(receipt, Mapping):
        raise Mistaken("no_receipt")
    right = {"conversations": _CHATS - 1, "users": _CHATS, "gone": 1}
    for name, count in right.items():
        if receipt.get(name) != count:
            said = receipt.get(name, "nothing")
            raise Mistaken("wrong_receipt", name=name, said=said, count=count)


_WORDS = {
    "PubNub keyset": "application",
    "PubNub membership": "member",
    "Sendbird group channel": "conversation",
    "Sendbird session token": "token",
    "Ably clientId": "user",
    "Ably capabilities": "ACL",
    "Ably integration rule": "webhook",
}


def _check_words(in_our_words: Any) -> None:
    given = {name: str(word).strip() for name, word in dict(in_our_words).items()}
    known = {"event", *map(str.lower, _WORDS.values())}
    for name in _WORDS:
        if given.get(name, "").lower() not in known:
            raise Mistaken("no_word", name=name)
    for name, right in _WORDS.items():
        if given[name].lower() != right.lower():
            raise Mistaken(right, said=given[name])


_START = 30.0  # seconds the program may take until it says where its pages are
_END = 5.0  # seconds it may take to end


def _check_command(command: Any) -> None:
    if not isinstance(command, str):
        raise Mistaken("no_text", kind=type(command).__name__)
    program, *arguments = shlex.split(command) or [""]
    if not re.fullmatch(r"(python|python3|py)(\.exe)?", Path(program).name):
        raise Mistaken("another_program", program=program or "nothing")
    pieces.install()
    said, url = _run_for_a_moment(arguments)
    if url is None:
        raise Mistaken("no_page", said=said[-1] if said else "nothing")


def _run_for_a_moment(arguments: list[str]) -> tuple[list[str], str | None]:
    """Run Python in the folder of ``my_chat`` until it names a page that answers.

    Returns:
        What it said, and the address of the page; None if it named none.
    """
    process = subprocess.Popen(
        [sys.executable, "-u", *arguments],
        cwd=places.my_chat_dir().parent,
        env={**os.environ, **importable()},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    too_late = threading.Timer(_START, process.kill)
    too_late.start()
    said, url = [], None
    try:
        assert process.stdout is not None
        for line in process.stdout:
            said.append(line.strip())
            if found := re.search(r"http://127\.0\.0\.1:\d+/", line):
                url = found[0] if _is_my_page(found[0]) else None
                break
    finally:
        too_late.cancel()
        process.terminate()
        try:
            process.wait(_END)
        except subprocess.TimeoutExpired:
            process.kill()
    return said, url


def _is_my_page(url: str) -> bool:
    try:
        answer = httpx.get(url, timeout=_END, trust_env=False)
    except httpx.HTTPError:
        return False
    return answer.status_code == 200 and "chatWindow" in answer.text


LESSON = Lesson(
    number=12,
    minutes=25,
    words=words_of(12),
    exercises=(
        Exercise("12.1", ("missing",), _check_missing),
        Exercise("12.2", ("clean_up",), _check_clean_up),
        Exercise("12.3", ("in_our_words",), _check_words),
        Exercise("12.4", ("command",), _check_command),
    ),
)
