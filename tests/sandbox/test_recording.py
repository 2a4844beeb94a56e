"""A recorded session becomes a test that pytest replays, on any sandbox."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from livechat_helpers.sandbox.remote import RemoteSandbox, SandboxError

from .callers import Application, basic, message
from .sockets import Session
from .test_options import application

PLUGIN = "livechat_helpers.sandbox.testing"


def replayed(test: Path) -> "subprocess.CompletedProcess[str]":
    """Run a test with pytest, in another folder."""
    return subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", PLUGIN, test],
        cwd=test.parent,
        # Plugins that pytest finds on its own take a long time to load.
        env={**os.environ, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=120,
    )


def chat(app: Application) -> str:
    """Open a chat and write in it; one call fails. Return its id."""
    conversation, [alice, _] = app.chat("alice", "bob")
    path = f"/v1/conversations/{conversation}/events"
    app.admin.post(path, {**message('It\'s "quoted" \\ ünï\ncode'), "from": alice})
    app.caller("bob").post(path, message("Two"))
    app.admin.get(path, order="desc", page_size="1")
    assert app.admin.get("/v1/users/nobody-here").status_code == 404
    return conversation


def test_a_session_is_replayed_from_nothing(
    vonage_sandbox: RemoteSandbox, key: RSAPrivateKey, tmp_path: Path
) -> None:
    test = tmp_path / "test_bug.py"
    with vonage_sandbox.record(test):
        chat(application(vonage_sandbox, key))
    assert not test.with_name("test_bug.state.json").exists()
    done = replayed(test)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_a_session_continues_from_its_earlier_state(
    vonage_sandbox: RemoteSandbox, key: RSAPrivateKey, tmp_path: Path
) -> None:
    app = application(vonage_sandbox, key)
    conversation = chat(app)
    test = tmp_path / "test_bug.py"
    with vonage_sandbox.record(test), Session(vonage_sandbox.url, app.token("alice")):
        path = f"/v1/conversations/{conversation}/events"
        app.caller("bob").post(path, message("Three"))
        app.admin.get(path)
        app.bearer("no token").get(path)
    text = test.read_text()
    assert "websocket gets message" in text
    assert "Left out, it was refused for its token" in text
    done = replayed(test)
    assert "1 passed" in done.stdout, done.stdout + done.stderr


def test_a_replay_fails_where_the_sandboxs_answer_differs(
    vonage_sandbox: RemoteSandbox, key: RSAPrivateKey, tmp_path: Path
) -> None:
    test = tmp_path / "test_bug.py"
    with vonage_sandbox.record(test):
        application(vonage_sandbox, key).user("alice", display_name="Alice")
    text = test.read_text()
    for right, wrong in (
        ("status=201", "status=200"),
        ("'name': 'alice'", "'name': 'b'"),
    ):
        before, _, after = text.rpartition(right)
        test.write_text(before + wrong + after)
        done = replayed(test)
        assert "1 failed" in done.stdout
        assert "/v1/users by application" in done.stdout


def test_an_empty_recording_is_reported(
    vonage_sandbox: RemoteSandbox, tmp_path: Path
) -> None:
    with (
        pytest.raises(SandboxError, match="Nothing was recorded"),
        vonage_sandbox.record(tmp_path / "test_bug.py"),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


def test_the_command_records_until_it_is_told_to_stop(
    vonage_sandbox: RemoteSandbox, key: RSAPrivateKey, tmp_path: Path
) -> None:
    run = "import sys; from livechat_helpers.sandbox.command_line import main"
    folder = vonage_sandbox.info.ca.parent
    test = tmp_path / "test_bug.py"
    with subprocess.Popen(
        [
            *(sys.executable, "-c", f"{run}; sys.exit(main())"),
            *("record", str(test), "--data-dir", str(folder)),
        ],
        stderr=subprocess.PIPE,
        text=True,
    ) as recording:
        assert recording.stderr is not None
        assert "Ctrl-C" in recording.stderr.readline()
        application(vonage_sandbox, key).user("alice")
        recording.send_signal(signal.SIGINT)
        assert recording.wait(timeout=60) == 0
    assert "'/v1/users'" in test.read_text()


def test_what_people_send_stays_data_in_the_test(
    vonage_sandbox: RemoteSandbox, key: RSAPrivateKey, tmp_path: Path
) -> None:
    attack = "x\nraise SystemExit\n'''\"\"\"\\"
    app = application(vonage_sandbox, key)
    conversation, [alice] = app.chat("alice")
    test = tmp_path / "test_bug.py"
    with vonage_sandbox.record(test), Session(vonage_sandbox.url, app.token("alice")):
        body = {"type": "custom:odd", "from": alice, "body": {"text": attack}}
        app.admin.post(f"/v1/conversations/{conversation}/events", body)
        basic(app.http, vars_of(vonage_sandbox)).get(f"/{attack.splitlines()[0]}%0Ax")
    compile(test.read_text(), str(test), "exec")
    assert "1 passed" in replayed(test).stdout


def vars_of(sandbox: RemoteSandbox) -> dict[str, str]:
    """Return the arguments for the account's caller."""
    secret = sandbox.info.api_secret.get_secret_value()
    return {"http": sandbox.url, "api_key": sandbox.info.api_key, "api_secret": secret}
