"""Copies of a chat's state are made while it runs, restored, and refused if damaged."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from sandbox.running import Json
from website.conftest import Site

from livechat_helpers.online.backup import BackupError, back_up, copies, main, restore


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A website and its sandbox, in a home like a learner's."""
    site = Site(tmp_path / "home/.data")
    site.website.kill()
    site.home = {"LIVECHAT_HOME": str(tmp_path / "home")}
    site.website = site.start_website()
    site.ready = site.website.ready()
    site.url = site.ready["url"]
    yield site
    site.website.kill()
    site.sandbox.kill()


def say(site: Site, chat: Json, text: str) -> None:
    """Let a visitor say something."""
    body = {"message_type": "text", "text": text}
    event = {"type": "message", "from": chat["member"]["id"], "body": body}
    with site.caller(chat["jwt"]) as caller:
        path = f"/v0.3/conversations/{chat['conversation']['id']}/events"
        caller.post(path, json=event).raise_for_status()


def said(site: Site, chat: Json) -> list[str]:
    """Return a chat's messages from the sandbox."""
    path = f"/v0.3/conversations/{chat['conversation']['id']}/events"
    with site.application() as application:
        query = {"event_type": "message", "page_size": 100}
        events = application.get(path, params=query).json()["_embedded"]["events"]
    return [event["body"]["text"] for event in events]


def test_a_backup_made_while_people_write_restores_the_chat(
    site: Site, tmp_path: Path
) -> None:
    home, folder = tmp_path / "home", tmp_path / "backups"
    with site.visitor() as visitor:
        chat = visitor.post("/api/new").json()
        cookies = httpx.Cookies(visitor.cookies)
    for number in range(10):
        say(site, chat, f"Message {number}")
    ending = threading.Event()

    def go_on() -> None:
        while not ending.is_set():
            say(site, chat, "And on")

    writing = threading.Thread(target=go_on)
    writing.start()
    copy = back_up(home, folder)
    ending.set()
    writing.join()
    with pytest.raises(BackupError, match="running"):
        restore(copy, home)
    site.website.kill()
    site.sandbox.kill()
    aside = restore(copy, home)
    assert aside is not None
    assert (aside / ".data/sandbox").is_dir()
    site.sandbox = site.start_sandbox()
    site.vonage = site.sandbox.ready()
    site.website = site.start_website()
    site.url = site.website.ready()["url"]
    first = [f"Message {number}" for number in range(10)]
    texts = said(site, chat)
    assert texts[:10] == first
    assert {*texts[10:]} <= {"And on"}
    with site.visitor() as visitor:
        visitor.cookies = cookies  # signed with the key in the copy
        again = visitor.post("/api/new").json()
        assert again["conversation"]["id"] == chat["conversation"]["id"]
        say(site, again, "Still here")
    assert said(site, chat)[-1] == "Still here"


def write_state(home: Path) -> None:
    """Make a small state: a key and a database."""
    (home / ".data").mkdir(parents=True)
    (home / ".env").write_text("A=1\n")
    (home / ".data/cookie.key").write_text("secret")
    (home / ".data/cookie.key").chmod(0o600)
    (home / ".data/start.lock").touch()
    with closing(sqlite3.connect(home / ".data/events.sqlite3")) as made:
        made.executescript("PRAGMA journal_mode = WAL; CREATE TABLE t (a);")
        made.executescript("INSERT INTO t VALUES (1);")


def test_only_the_owner_can_read_a_backup(tmp_path: Path) -> None:
    write_state(tmp_path / "home")
    copy = back_up(tmp_path / "home", tmp_path / "backups")
    modes = {path.stat().st_mode & 0o077 for path in (copy, *copy.rglob("*"))}
    (tmp_path / "home/.env").chmod(0o600)
    assert modes <= {0, 0o044}, "the .env was readable before"
    assert copy.stat().st_mode & 0o077 == 0
    assert not list(copy.rglob("*.lock"))


def test_the_newest_backups_are_kept(tmp_path: Path) -> None:
    write_state(tmp_path / "home")
    made = [back_up(tmp_path / "home", tmp_path / "backups", keep=2) for _ in range(4)]
    assert copies(tmp_path / "backups") == made[-2:]


@pytest.mark.parametrize("name", [".data/cookie.key", ".data/events.sqlite3"])
def test_a_damaged_backup_is_refused_and_nothing_changes(
    tmp_path: Path, name: str
) -> None:
    home = tmp_path / "home"
    write_state(home)
    copy = back_up(home, tmp_path / "backups")
    damaged = (copy / name).read_bytes()
    (copy / name).write_bytes(damaged[:-1] + b"?")
    with pytest.raises(BackupError, match="changed after it was copied"):
        restore(copy, home)
    assert (home / ".data/cookie.key").read_text() == "secret"


def test_a_damaged_database_isnt_backed_up(tmp_path: Path) -> None:
    home = tmp_path / "home"
    write_state(home)
    file = home / ".data/events.sqlite3"
    file.write_bytes(file.read_bytes()[:4096])
    with pytest.raises((BackupError, sqlite3.Error)):
        back_up(home, tmp_path / "backups")
    assert copies(tmp_path / "backups") == []
    assert not list((tmp_path / "backups").iterdir())


def test_the_command_backs_up_and_restores(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    home, folder = tmp_path / "home", tmp_path / "backups"
    monkeypatch.setenv("LIVECHAT_HOME", str(home))
    assert main([str(folder)]) == 1
    assert "nothing to back up" in capsys.readouterr().err
    write_state(home)
    assert main([str(folder)]) == 0
    [copy] = copies(folder)
    assert capsys.readouterr().out.strip() == str(copy)
    (home / ".data/cookie.key").write_text("another")
    assert main(["--restore", str(copy)]) == 0
    assert (home / ".data/cookie.key").read_text() == "secret"
    assert main(["--restore", str(folder)]) == 1
    assert "isn't a complete copy" in capsys.readouterr().err
