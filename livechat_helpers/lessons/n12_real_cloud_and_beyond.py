"""Notebook 12: what the cloud needs, what you leave behind, and other services."""

import os
import re
import shlex
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Any

import httpx
from vonage_http_client.errors import NotFoundError

from livechat_helpers import places
from livechat_helpers.client import answer_to
from livechat_helpers.processes.child import importable

from . import pieces
from .calling import called
from .content import Exercise, Lesson, Mistaken, Unexpected
from .judging import described, generated, judge
from .practice import open_desk
from .wording import words_of

# 12.1

_KEYS = ("VONAGE_API_KEY", "VONAGE_API_SECRET")
_ADDRESSES = (
    "https://chat.example.com",
    "https://abc.ngrok.example/path",
    "http://chat.example.com",
    "http://localhost:8000",
    "chat.example.com",
)
_OTHERS = {"VONAGE_MODE": "cloud", "VONAGE_APPLICATION_ID": "", "SUPPORT_TEAM": "ada"}


def _env(random: Random) -> tuple[dict[str, str]]:
    """Return settings that a learner may have in ``.env``."""
    env = {name: random.choice(("", "abcd1234")) for name in _KEYS}
    env["PUBLIC_URL"] = random.choice(("", *_ADDRESSES))
    for name in [*env]:
        if random.random() < 0.3:
            del env[name]
    others = random.sample(sorted(_OTHERS), random.randint(0, 3))
    return (env | {name: _OTHERS[name] for name in others},)


def _missing(env: dict[str, str]) -> list[str]:
    names = [name for name in _KEYS if not env.get(name)]
    if not env.get("PUBLIC_URL", "").startswith("https://"):
        names.append("PUBLIC_URL")
    return names


def _same_names(wanted: Any, got: Any) -> bool:
    """Return whether names are the same, in any order and any kind of list."""
    if wanted is None or got is None or isinstance(got, str):
        return wanted is got
    return sorted(wanted) == sorted(got)


_ALL = [*_KEYS, "PUBLIC_URL"]
_MISSINGS: dict[str, Callable[[dict[str, str]], Any]] = {
    "nothing": lambda env: None,
    "not_missing": lambda env: _ALL,
    "overlooked": lambda env: [name for name in _KEYS if not env.get(name)],
    "overlooked~keys": lambda env: [n for n in _missing(env) if n == "PUBLIC_URL"],
    "empty": lambda env: [name for name in _ALL if name not in env],
    "empty~keys": lambda env: [
        *(name for name in _KEYS if name not in env),
        *(name for name in _missing(env) if name == "PUBLIC_URL"),
    ],
    "local": lambda env: [name for name in _ALL if not env.get(name)],
    "local~localhost": lambda env: [
        name
        for name in _ALL
        if not env.get(name) or (name == "PUBLIC_URL" and "localhost" in env[name])
    ],
    "too_much": lambda env: [
        *_missing(env),
        *(
            n
            for n in ("VONAGE_APPLICATION_ID", "VONAGE_PRIVATE_KEY_PATH")
            if not env.get(n)
        ),
    ],
    "present": lambda env: [name for name in _ALL if name not in _missing(env)],
}


def _check_missing(missing: Callable[[dict[str, str]], Any]) -> None:
    inputs = [({},), *generated(_env, 80)]
    judge(missing, _missing, inputs, _MISSINGS, same=_same_names)


# 12.2

_GONE = ((), ("conversation",), (), ("user",), ("conversation", "user"), ())
"""What has already been deleted of each chat."""


class _Chats:
    """Chats to delete, some of them partly deleted already, and one to leave alone."""

    def __init__(self) -> None:
        self._desk = open_desk()
        self._agent = self._desk.agent()["id"]
        *doomed, self._other = [self._desk.open_chat() for _ in (*_GONE, "other")]
        self.doomed = [
            {"conversation": chat["conversation"]["id"], "user": chat["user"]["id"]}
            for chat in doomed
        ]
        for chat, gone in zip(self.doomed, _GONE, strict=True):
            if "conversation" in gone:
                self._desk.conversations.delete(chat["conversation"])
            if "user" in gone:
                self._desk.delete_user({"id": chat["user"]})

    def is_there(self, conversation: str) -> bool:
        return answer_to(self._desk.conversations.get, conversation) == "welcome"

    def users_left(self) -> int:
        """Return how many visitors still exist but shouldn't."""
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
        receipt = called(clean_up, [dict(chat) for chat in chats.doomed])
    except NotFoundError:
        raise Mistaken("stops") from None
    if not chats.others_are_well():
        raise Mistaken("others")
    if any(chats.is_there(chat["conversation"]) for chat in chats.doomed):
        raise Mistaken("conversations_left")
    if left := chats.users_left():
        raise Mistaken("users_left", count=left)
    if receipt is None:
        raise Mistaken("no_receipt")
    conversations, users = (
        sum(kind not in gone for gone in _GONE) for kind in ("conversation", "user")
    )
    gone = sum(map(len, _GONE))
    _check_receipt(
        receipt, {"conversations": conversations, "users": users, "gone": gone}
    )
    empty = called(clean_up, [])
    _check_receipt(empty, {"conversations": 0, "users": 0, "gone": 0})


def _check_receipt(receipt: Any, right: dict[str, int]) -> None:
    if not isinstance(receipt, Mapping):
        raise Unexpected("clean_up(chats)", f"`{right}`", described(receipt))
    for name, count in right.items():
        if receipt.get(name) != count:
            said = receipt.get(name, "nothing")
            raise Mistaken("wrong_receipt", name=name, said=said, count=count)


# 12.3

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


# 12.4

_START = 30.0  # seconds that the program can take to print its address
_END = 5.0  # seconds that it can take to end


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
    """Run Python in the folder of ``my_chat`` until it prints the address of a page.

    Returns:
        Its output, and the page's address if the page works.
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
    minutes=55,
    words=words_of(12),
    exercises=(
        Exercise("12.1", ("missing",), _check_missing),
        Exercise("12.2", ("clean_up",), _check_clean_up),
        Exercise("12.3", ("in_our_words",), _check_words),
        Exercise("12.4", ("command",), _check_command, patience=60),
    ),
)
