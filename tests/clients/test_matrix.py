"""Every generation of the browser's clients that npm has, against one sandbox.

It downloads each, so it runs weekly, and not on every commit:
``python -m livechat_helpers test -m weekly tests/clients``.
"""

import os
import shutil
import subprocess
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from sandbox.callers import Application
from sandbox.running import Json, eventually

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
    assert alice.call("getConversation", other), "it opens one that it has not joined"
    alice.call("joinConversation", other)
    assert [one["state"] for one in _members(app, other)] == ["JOINED"]


@pytest.mark.parametrize(("version", "page"), NEXMO_CLIENT.items())
def test_nexmo_client_of_every_generation_chats(
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


def _members(app: Application, conversation: str) -> list[Json]:
    answer = app.admin.get(f"/v1/conversations/{conversation}/members")
    return answer.json()["_embedded"]["members"]
