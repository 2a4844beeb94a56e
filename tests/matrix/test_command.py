"""The command that starts Synapse: where it can't run, and what a second one says."""

import errno
import json
import socket
import sys
from urllib.parse import urlsplit

import pytest
from sandbox.running import Program

from livechat_helpers.launch import commands, environment
from livechat_helpers.launch.setup_errors import SetupError
from livechat_helpers.matrix import platforms

from .stand import MatrixStand


def test_a_second_start_on_a_folder_says_where_the_first_one_is(
    stand: MatrixStand,
) -> None:
    second = Program("-m", "livechat_helpers", "matrix")
    assert second.exit_code() == 1
    assert second.errors().splitlines() == [
        f"Synapse is already running in this folder, at {stand.synapse_url}.",
        "Use that one, or stop it first.",
    ]


def test_on_windows_it_says_what_to_do_before_anything_is_installed(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(environment, "ensure", lambda _: pytest.fail("it installs"))
    monkeypatch.setattr(platforms.sys, "platform", "win32")
    with pytest.raises(SetupError, match="doesn't run on Windows") as refusal:
        commands._COMMANDS["matrix"]([], ["matrix"])
    assert "WSL" in refusal.value.mend


def test_on_macos_it_first_says_which_version_is_available(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def ensure(extras: tuple[str, ...]) -> None:
        assert "matrix" in extras
        assert "1.143" in capsys.readouterr().err
        raise SystemExit(0)

    monkeypatch.setattr(environment, "ensure", ensure)
    monkeypatch.setattr(platforms.sys, "platform", "darwin")
    with pytest.raises(SystemExit):
        commands._COMMANDS["matrix"]([], ["matrix"])


def test_only_the_owner_can_read_the_secrets(stand: MatrixStand) -> None:
    secret = ("as-token", "hs-token", "matrix.json", "homeserver.yaml", "signing.key")
    for name in secret:
        assert (stand.folder / name).stat().st_mode & 0o077 == 0, name


@pytest.mark.skipif(sys.platform != "linux", reason="others don't have 127.0.0.2")
def test_only_this_machine_can_reach_synapse(stand: MatrixStand) -> None:
    known = json.loads((stand.folder / "matrix.json").read_bytes())
    port = urlsplit(known["url"]).port
    for host, code in (("127.0.0.1", 0), ("127.0.0.2", errno.ECONNREFUSED)):
        with socket.socket() as caller:
            assert caller.connect_ex((host, port)) == code
