"""The whole state as one file, checked on its way from one sandbox to another."""

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from livechat_helpers.sandbox.remote import RemoteSandbox, SandboxError
from livechat_helpers.sandbox.testing import running

from .callers import Application, message
from .test_options import application

Json = dict[str, Any]


@pytest.fixture(scope="module")
def sandbox() -> Iterator[RemoteSandbox]:
    """A sandbox only for these tests, which empty it."""
    with running() as made:
        yield made


@pytest.fixture
def app(sandbox: RemoteSandbox, key: RSAPrivateKey) -> Application:
    """The one application of an empty sandbox."""
    sandbox.reset()
    return application(sandbox, key)


def test_another_sandbox_continues_where_the_first_one_stopped(
    app: Application, sandbox: RemoteSandbox, tmp_path: Path
) -> None:
    chat, [alice] = app.chat("alice")
    path = f"/v1/conversations/{chat}/events"
    for text in ("one", "two"):
        app.admin.post(path, {**message(text), "from": alice})
    gone = app.admin.post(path, message("three")).json()["id"]
    app.admin.delete(f"{path}/{gone}")
    before = app.admin.get(path).json()
    last = before["_embedded"]["events"][-1]["id"]
    sandbox.export_state(tmp_path / "state.json")
    with running() as second:
        second.import_state(tmp_path / "state.json")
        with httpx.Client(base_url=second.url, trust_env=False) as there:
            headers = app.admin.headers  # the same key signs its tokens
            after = there.get(path, headers=headers).json()
            sent = there.post(path, headers=headers, json=message("four"))
        for page in (before, after):
            page.pop("_links")
            for event in page["_embedded"]["events"]:
                event.pop("_links")
        assert after == before
        assert sent.json()["id"] == last + 1, "every id is unique"
        second.export_state(tmp_path / "again.json")
    first, again = (
        json.loads((tmp_path / name).read_text())["tables"]
        for name in ("state.json", "again.json")
    )
    assert again["members"] == first["members"]
    assert again["users"] == first["users"]


def test_an_exported_file_contains_no_secrets_and_nothing_pending(
    app: Application, sandbox: RemoteSandbox, tmp_path: Path
) -> None:
    app.chat("alice")
    sandbox.export_state(tmp_path / "state.json")
    text = (tmp_path / "state.json").read_text()
    secrets = (sandbox.info.api_secret, sandbox.info.signature_secret)
    assert not any(secret.get_secret_value() in text for secret in secrets)
    assert "PRIVATE" not in text
    assert set(json.loads(text)["tables"]) == {
        *("applications", "users", "conversations", "members", "events"),
        "sqlite_sequence",
    }


def changed(*path: str | int, to: Any) -> Callable[[Json], None]:
    """Return a function that changes a value in a state."""

    def change(state: Json) -> None:
        inner: Any = state
        for part in path[:-1]:
            inner = inner[part]
        inner[path[-1]] = to

    return change


def row(table: str, column: str, to: Any) -> Callable[[Json], None]:
    """Return a function that changes a value in a table's first row."""

    def change(state: Json) -> None:
        inside = state["tables"][table]
        inside["rows"][0][inside["columns"].index(column)] = to

    return change


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (changed("format", to="another"), "wasn't written by export"),
        (changed("version", to=99), "a newer sandbox"),
        (changed("schema", to=99), "a newer sandbox"),
        (changed("schema", to="1"), "which version"),
        (changed("tables", to=[]), "has no tables"),
        (changed("tables", "sqlite_master", to={}), "no table 'sqlite_master'"),
        (changed("tables", "users", "columns", 0, to="x; --"), "no column 'x; --'"),
        (changed("tables", "users", "columns", 0, to={}), "no column"),
        (changed("tables", "users", "rows", to={}), "no columns or no rows"),
        (changed("tables", "users", "rows", 0, to=[1]), "as long as its columns"),
        (row("users", "body", {"a": 1}), "more than text and numbers"),
        (row("users", "body", "[]"), "isn't a JSON object"),
        (row("users", "body", "{"), "isn't a JSON object"),
        (row("users", "name", None), "rows don't fit"),
        (row("users", "position", 2**70), "rows don't fit|more than text"),
        (row("users", "position", "first"), "rows don't fit"),
        (row("users", "application_id", "nobody"), "isn't there"),
        (row("applications", "public_key", "no key"), "isn't an RSA key"),
        (row("conversations", "expires", "soon"), "isn't a time"),
        (row("conversations", "sequence_number", 0), "beyond its sequence_number"),
    ],
)
def test_what_isnt_a_state_is_refused_and_changes_nothing(
    app: Application,
    sandbox: RemoteSandbox,
    tmp_path: Path,
    change: Callable[[Json], None],
    why: str,
) -> None:
    app.chat("alice")
    file = tmp_path / "state.json"
    sandbox.export_state(file)
    state = json.loads(file.read_text())
    change(state)
    file.write_text(json.dumps(state))
    with pytest.raises(SandboxError, match=why):
        sandbox.import_state(file)
    [found] = sandbox.applications()
    assert [user["name"] for user in sandbox.users(found["id"])] == ["alice"]
    assert app.admin.post("/v1/users", {}).status_code == 201, "it still works"


@pytest.mark.parametrize("content", [b"", b"{", b"[" * 5000, b"\xff", b"null"])
def test_what_isnt_json_is_refused(
    sandbox: RemoteSandbox, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "state.json").write_bytes(content)
    with pytest.raises(SandboxError, match="doesn't contain a sandbox's state"):
        sandbox.import_state(tmp_path / "state.json")


def command(*arguments: str | Path) -> "subprocess.CompletedProcess[str]":
    """Run the command ``vonage-sandbox`` to its end."""
    run = "import sys; from livechat_helpers.sandbox.command_line import main"
    return subprocess.run(
        [sys.executable, "-c", f"{run}; sys.exit(main())", *arguments],
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_command_exports_and_imports(tmp_path: Path, key: RSAPrivateKey) -> None:
    folder, file = tmp_path / "sandbox", tmp_path / "state.json"
    with running(folder) as sandbox:
        application(sandbox, key).user("alice")
        done = command("export", file, "--data-dir", folder)
        assert (done.returncode, done.stderr) == (0, "")
        sandbox.reset()
        done = command("import", file, "--data-dir", folder)
        assert (done.returncode, done.stderr) == (0, "")
        [found] = sandbox.applications()
        assert found["users"] == 1
        done = command("import", tmp_path / "not-there", "--data-dir", folder)
        assert (done.returncode, "not-there" in done.stderr) == (1, True)
        done = command("token", found["id"], "--user", "alice", "--data-dir", folder)
        headers = {"Authorization": f"Bearer {done.stdout.strip()}"}
        answer = httpx.get(f"{sandbox.url}/v1/users/me", headers=headers)
        assert answer.json()["name"] == "alice"
    done = command("export", file, "--data-dir", folder)
    assert done.returncode == 1
    assert "not running" in done.stderr


@pytest.mark.parametrize("name", ["export", "import", "record", "token", "run"])
def test_each_command_has_help(name: str) -> None:
    done = command(name, "--help")
    assert done.returncode == 0
    assert "usage: vonage-sandbox" in done.stdout
    assert "--data-dir" in done.stdout
