"""Every generation of Vonage's clients on npm and PyPI, against one sandbox.

The test downloads each client, so it runs weekly, not on every commit:
``python -m livechat_helpers test -m weekly tests/clients``.
"""

import json
import os
import shutil
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from sandbox.callers import Application
from sandbox.running import Json
from waiting import eventually

from .conftest import HERE, MakeNode
from .test_browser_clients import (
    EVENTS,
    FOLDERS,
    Client,
    OldClient,
    OpenPage,
    chromium,
    open_page,
    website,
)
from .test_nexmo_2019 import credentials

__all__ = ["chromium", "open_page", "website"]

pytestmark = pytest.mark.weekly

CLIENT_SDK = ("1.4.0", "1.5.1", "1.7.2", "2.1.3", "2.2.0", "2.3.1")
NEXMO_CLIENT = {
    "6.0.10": "nexmo-client-6",
    "6.2.1": "nexmo-client-6",
    "7.1.0": "nexmo-client-6",
    "8.7.3": "nexmo-client-6",
    "9.1.3": "nexmo-client-9",
    "9.5.1": "nexmo-client-9",
}
"""Each version, and the page whose calls it knows: 9 has other names for them."""

CONVERSATIONS = ("1.1.0", "1.9.3", "1.17.1")
NEXMO_WITH_EVENTS = ("2.6.0-beta-1", "2.7.0-beta-1")
NEXMO = (
    *("2.1.0-beta-1", "2.3.1-beta-1", "2.4.3-beta-1", "2.5.1-beta-1", "2.5.4-beta-1"),
    *NEXMO_WITH_EVENTS,
)
PYPI_VONAGE = ("2.8.0", "3.17.4")
FIRST_GENERATION = (
    *("nexmo-client@4.0.2", "nexmo-client@4.1.0"),
    *("nexmo-stitch@2.1.0", "nexmo-stitch@3.0.1"),
)

Install = Callable[[str], Path]


@pytest.fixture
def install(tmp_path: Path) -> Install:
    """Return a function that fetches a package from npm, and returns its folder."""

    def fetch(package: str) -> Path:
        npm = shutil.which("npm")
        assert npm, "These tests need npm."
        subprocess.run(
            [npm, "pack", "--silent", package],
            cwd=tmp_path,
            env={**os.environ, "NO_UPDATE_NOTIFIER": "1"},
            check=True,
            capture_output=True,
            timeout=120,
        )
        [packed] = tmp_path.glob("*.tgz")
        with tarfile.open(packed) as files:
            files.extractall(tmp_path, filter="data")
        return tmp_path / "package"

    return fetch


@pytest.mark.parametrize("version", CLIENT_SDK)
def test_client_sdk_of_every_version_chats(
    app: Application,
    open_page: OpenPage,
    ready: Json,
    install: Install,
    monkeypatch: pytest.MonkeyPatch,
    version: str,
) -> None:
    package = install(f"@vonage/client-sdk@{version}")
    monkeypatch.setitem(FOLDERS, "client-sdk", package / "dist")
    conversation, _ = app.chat("alice", "bob")
    clients = [Client(open_page("client_sdk.html"), ready) for _ in range(2)]
    for client, name in zip(clients, ("alice", "bob"), strict=True):
        client.call("createSession", app.token(name))
    alice, bob = clients
    alice.call("sendMessageTextEvent", conversation, "Hello")
    eventually(lambda: bob.texts() == alice.texts() == ["Hello"])
    other = app.conversation(name=f"open-{version}")
    assert alice.call("getConversation", other), (
        "it opens a conversation that it hasn't joined"
    )
    alice.call("joinConversation", other)
    assert [one["state"] for one in _members(app, other)] == ["JOINED"]


@pytest.mark.parametrize(("version", "page"), NEXMO_CLIENT.items())
def test_nexmo_client_of_every_major_version_chats(
    app: Application,
    open_page: OpenPage,
    ready: Json,
    install: Install,
    monkeypatch: pytest.MonkeyPatch,
    version: str,
    page: str,
) -> None:
    package = install(f"nexmo-client@{version}")
    monkeypatch.setitem(FOLDERS, page, package / "dist")
    conversation, _ = app.chat("alice", "bob")
    alice, bob = (
        OldClient(
            open_page(f"{page.replace('-', '_')}.html"),
            ready,
            app.token(name),
            conversation,
            *EVENTS,
        )
        for name in ("alice", "bob")
    )
    alice.run("() => chat.sendText('Hello')")
    bob.run("() => chat.sendText('Hi')")
    said = {("alice", "Hello"), ("bob", "Hi")}
    eventually(lambda: {*alice.texts()} == {*bob.texts()} == said)
    made = alice.run("async () => (await app.newConversationAndJoin({})).id")
    assert [one["state"] for one in _members(app, made)] == ["JOINED"]


@pytest.mark.parametrize("package", FIRST_GENERATION)
def test_the_first_generation_is_told_that_its_requests_are_unknown(
    app: Application,
    open_page: OpenPage,
    ready: Json,
    install: Install,
    monkeypatch: pytest.MonkeyPatch,
    package: str,
) -> None:
    app.user("alice")
    monkeypatch.setitem(FOLDERS, "first", install(package) / "dist")
    page = open_page("client_sdk.html")
    page.add_script_tag(url="/first/conversationClient.min.js")
    told = page.evaluate(
        """([url, token]) => new Promise((resolve) => {
            const client = new ConversationClient({ url, debug: false });
            client.login(token).then(() => resolve("in"), ({ type }) => resolve(type));
        })""",
        [ready["http"], app.token("alice")],
    )
    assert told == "system:error:invalid-event"


# Servers


def _npm_install(folder: Path, package: str, *programs: str) -> None:
    npm = shutil.which("npm")
    assert npm, "These tests need npm."
    quietly = ("--silent", "--no-audit", "--no-fund")
    subprocess.run(
        [npm, "install", *quietly, package], cwd=folder, check=True, timeout=300
    )
    for program in programs:
        shutil.copy(HERE / program, folder)


@pytest.mark.parametrize("version", CONVERSATIONS)
def test_vonage_conversations_of_every_version_reads_and_writes(
    app: Application,
    make_node: MakeNode,
    private_key: Path,
    tmp_path: Path,
    version: str,
) -> None:
    _npm_install(tmp_path, f"@vonage/conversations@{version}", "every_call.mjs")
    told = make_node(tmp_path).ask(
        str(tmp_path / "every_call.mjs"),
        VONAGE_APPLICATION_ID=app.id,
        VONAGE_PRIVATE_KEY_PATH=str(private_key),
    )
    texts = [event["body"]["text"] for event in told["events"]]
    assert texts == [f"text {number}" for number in range(1, 26)]
    states = [told[name]["state"] for name in ("member", "invited", "accepted", "left")]
    assert states == ["JOINED", "INVITED", "JOINED", "LEFT"]


@pytest.mark.parametrize("version", NEXMO)
def test_nexmo_of_every_version_opens_a_chat(
    app: Application,
    make_node: MakeNode,
    private_key: Path,
    tmp_path: Path,
    version: str,
) -> None:
    programs = ("support_desk_2019.cjs", "every_call_2019.cjs")
    _npm_install(tmp_path, f"nexmo@{version}", *programs)
    agent = app.user("agent")["id"]
    variables = {**credentials(app, private_key), "SUPPORT_AGENT": agent}
    desk, every_call = (str(tmp_path / program) for program in programs)
    chat = make_node(tmp_path).ask(desk, **variables)
    joined = [e["body"]["user"]["name"] for e in app.events(chat["conversation"]["id"])]
    assert joined == ["swift-otter", "agent"]
    assert app.bearer(chat["jwt"]).get("/v0.3/users/me").is_success
    if version in NEXMO_WITH_EVENTS:
        told = make_node(tmp_path).ask(every_call, **variables)
        assert told["event"]["body"] == {"text": "hello"}


@pytest.mark.parametrize("version", PYPI_VONAGE)
def test_pypi_vonage_of_every_major_version_creates_applications_and_users(
    app: Application, ready: Json, tmp_path: Path, version: str
) -> None:
    python = tmp_path / "venv" / "bin" / "python"
    for command in (
        [sys.executable, "-m", "venv", tmp_path / "venv"],
        [python, "-m", "pip", "install", "-q", f"vonage=={version}"],
    ):
        subprocess.run(command, check=True, timeout=300)
    done = subprocess.run(
        [python, HERE / "every_call_python.py"],
        env={
            "NO_PROXY": "*",
            "REQUESTS_CA_BUNDLE": ready["ca"],
            "VONAGE_SANDBOX_TLS_PORT": str(urlsplit(ready["tls"]).port),
            "VONAGE_API_KEY": ready["api_key"],
            "VONAGE_API_SECRET": ready["api_secret"],
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert told["read"]["name"] == "Chat"
    listed = told["listed"]["_embedded"]["applications"]
    assert told["made"]["id"] in [one["id"] for one in listed]
    if version.startswith("3."):
        assert told["renamed"]["display_name"] == "Al"
        assert told["left"]["_embedded"]["users"] == []
    else:
        assert told["token"].count(".") == 2, "a token for an application's calls"


def _members(app: Application, conversation: str) -> list[Json]:
    answer = app.admin.get(f"/v1/conversations/{conversation}/members")
    return answer.json()["_embedded"]["members"]
