"""What learners write in one notebook is what later notebooks import."""

import ast
import hashlib
import time
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import jwt
import pytest
from vonage_application import ApplicationConfig
from vonage_http_client.errors import HttpRequestError

from livechat_helpers.applications import current_application
from livechat_helpers.client import account_client, answer_to, token_client
from livechat_helpers.lessons import start
from livechat_helpers.lessons.receiver import Webhook
from livechat_helpers.lessons.running import find
from livechat_helpers.lessons.solutions import solution_of
from livechat_helpers.support_desk import FRONT_DESK
from livechat_helpers.transcript import transcript
from livechat_helpers.webhooks import WebhookGuard

from .conftest import Stand
from .course import FOLDER, LESSONS, code_cells, parsed


def taught(notebook: str, function: str, names: dict[str, Any]) -> Callable[..., Any]:
    """Return a function that a notebook's cell defines.

    names: the notebook's names that it uses.
    """
    for cell in code_cells(FOLDER / notebook):
        for node in parsed(cell).body:
            if isinstance(node, ast.FunctionDef) and node.name == function:
                module = ast.Module([node], [])
                exec(compile(module, notebook, "exec"), names)
                return names[function]
    raise AssertionError(f"{notebook} does not teach {function}")


def imports(notebook: str) -> dict[str, Any]:
    """Return the names that a notebook's first cell imports."""
    first = parsed(code_cells(FOLDER / notebook)[0])
    names: dict[str, Any] = {}
    body = [n for n in first.body if isinstance(n, ast.Import | ast.ImportFrom)]
    exec(compile(ast.Module(list(body), []), notebook, "exec"), names)
    return names


def test_the_puzzle_of_notebook_01_changes_one_thing_and_keeps_the_rest(
    stand: Stand,
) -> None:
    lesson, vonage = start(2), account_client()
    application = lesson.application
    lines = find(1).words.parsons["1.p"].lines
    before = vonage.application.get_application(application.id)
    names = {"vonage": vonage, "application": application}
    names["ApplicationConfig"] = ApplicationConfig
    exec("\n".join(lines["abcd".index(letter)] for letter in "cbda"), names)
    after = vonage.application.get_application(application.id)
    assert after == before.model_copy(update={"name": "A new name"})


JWT = "02_jwt_and_acl.ipynb"


@pytest.mark.parametrize("acl", [None, {"paths": {"/*/users/**": {}}}])
@pytest.mark.parametrize("user", [None, "some-visitor"])
def test_mint_of_notebook_02_matches_the_minter(
    stand: Stand, user: str | None, acl: Any
) -> None:
    start(2)
    application = current_application()
    private_key = application.private_key_file.read_text()
    names = {**imports(JWT), "application": application, "private_key": private_key}
    exec(solution_of("2.5").text, names)
    mint, packaged = names["mint"], application.minter().mint
    key = application.minter()._private_key.public_key()
    for seconds in (60, 900):
        ours, theirs = (
            jwt.decode(make(user, acl, seconds=seconds), key, algorithms=["RS256"])
            for make in (mint, packaged)
        )
        assert ours.keys() == theirs.keys()
        assert ours["exp"] - ours["iat"] == theirs["exp"] - theirs["iat"] == seconds
        for name in ours.keys() - {"iat", "exp", "jti"}:
            assert ours[name] == theirs[name]
        assert ours["jti"] != theirs["jti"]


def test_the_answer_to_of_notebook_02_matches_the_client(stand: Stand) -> None:
    start(2)
    taught_one = taught(JWT, "answer_to", imports(JWT))
    minter = current_application().minter()
    for token in (minter.mint(), minter.mint("nobody", {"paths": {}}), "junk"):
        call = token_client(token).users.list_users
        assert taught_one(call) == answer_to(call)


def solved(number: str, **names: Any) -> Callable[..., Any]:
    """Return the function in an exercise's reference answer.

    names: the notebook's names that it uses, besides the imported ones.
    """
    lesson = next(one for one in LESSONS.values() if one.exercise(number))
    exercise = lesson.exercise(number)
    assert exercise is not None
    found = {**imports(lesson.path.name), **names}
    exec(solution_of(number).text, found)
    return found[exercise.asks[0]]


def test_ensure_user_of_notebook_03_is_how_the_desk_finds_its_agent(
    stand: Stand,
) -> None:
    lesson = start(4)
    ensure_user = solved("3.1", vonage=lesson.vonage)
    assert ensure_user(FRONT_DESK).id == lesson.desk.agent()["id"]


@pytest.mark.parametrize("path", ["/*/conversations", "/*/conversations/*/members"])
def test_open_chat_of_notebook_03_undoes_its_steps_like_the_desk(
    stand: Stand, path: str
) -> None:
    lesson = start(4)
    desk, sandbox = lesson.desk, lesson.sandbox
    assert sandbox is not None
    names = {"desk": desk, "vonage": lesson.vonage}
    taught = solved("3.4", **names, conversations=desk.conversations)
    left = []
    for open_chat in (taught, desk.open_chat):
        before = lesson.vonage.users.list_users()[0]
        mark = sandbox.trace.mark()
        with (
            sandbox.faults.refuse(503, method="POST", path=path, times=1),
            pytest.raises(HttpRequestError),
        ):
            open_chat()
        assert lesson.vonage.users.list_users()[0] == before
        calls = [one for one in sandbox.trace(after=mark) if one["kind"] == "request"]
        made = [(one["method"], one["status"]) for one in calls]
        left.append([call for call in made if call[0] != "GET"])  # GET changes nothing
    assert left[0] == left[1]
    assert {"user", "conversation", "member"} <= taught().keys()
    assert {"user", "conversation", "member"} <= desk.open_chat().keys()


def test_transcript_of_notebook_04_matches_the_helpers(stand: Stand) -> None:
    lesson = start(4)
    taught = solved("4.2")
    chat = lesson.desk.open_chat()
    room, agent = chat["conversation"]["id"], chat["agent"]["id"]
    conversations = lesson.desk.conversations
    for text in ("Hello", "Oops", "Bye"):
        conversations.send_text(room, text, member=agent)
    conversations.delete_event(room, 4)
    events = list(conversations.events(room))
    for given in (events, events[::-1], events * 2, lesson.given("mixed"), []):
        assert taught(given) == transcript(given)
    assert transcript(events) == [
        "Support Agent: Hello",
        "Support Agent: (deleted)",
        "Support Agent: Bye",
    ]


@pytest.mark.parametrize("age", [0, 200, 400])
@pytest.mark.parametrize("secret", ["a secret of thirty-two characters", "x" * 40])
@pytest.mark.parametrize("body", [b"{}", b"[]"])
def test_is_genuine_of_notebook_05_matches_the_guard(
    age: int, secret: str, body: bytes
) -> None:
    claims = {"iat": int(time.time()) - age, "jti": str(uuid4()), "iss": "Vonage"}
    claims["payload_hash"] = hashlib.sha256(b"{}").hexdigest()
    webhook = Webhook(jwt.encode(claims, secret, algorithm="HS256"), body)
    ours = "a secret of thirty-two characters"
    expected = WebhookGuard().is_genuine(webhook.token, webhook.body, ours)
    assert solved("5.2")(webhook, ours) == expected
    assert expected == (age < 300 and secret == ours and body == b"{}")
