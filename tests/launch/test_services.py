"""The sandbox and the website: found or started, and ended with the last user."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from waiting import eventually

from livechat_helpers import places, services
from livechat_helpers.processes import lock
from livechat_helpers.processes.child import LARGEST_LOG, Child, ChildError, log_dir
from livechat_helpers.sandbox.machine.ready_file import SandboxInfo
from livechat_helpers.services import keeper, users
from livechat_helpers.services.known import website_socket
from livechat_helpers.website.own_account import prepared

from .processes import living

ENSURE = (
    "import time\n"
    "from livechat_helpers import services\n"
    "print(services.ensure_running().website.url, flush=True)\n"
    "time.sleep(600)"
)

CHILD = (
    "import os\n"
    "from livechat_helpers.sandbox.machine import lifeline\n"
    "lifeline.watch(lambda: os._exit(0))\n"
    "print('{\"ready\": true}', flush=True)\n"
    "import time; time.sleep(600)"
)

PARENT = (
    "import sys, time\n"
    "from livechat_helpers.processes.child import Child\n"
    "child = Child('A child', ['-c', sys.argv[1]], 'child.log')\n"
    "print(child.ready(), flush=True)\n"
    "time.sleep(600)"
)


@pytest.fixture(autouse=True)
def nothing_lives_on(home: Path) -> Iterator[None]:
    """End everything that a test has started here, and check that nothing is left."""
    yield
    services.let_go()
    eventually(lambda: not living(home))


def parent(code: str, *arguments: str) -> "subprocess.Popen[str]":
    """Start a process that starts children, and wait until they are ready."""
    process = subprocess.Popen(
        [sys.executable, "-c", code, *arguments],
        cwd=places.ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline()
    return process


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_child_ends_when_its_parent_is_killed(home: Path, number: int) -> None:
    process = parent(PARENT, CHILD)
    assert len(living(home)) == 2
    process.send_signal(number)
    process.wait()
    eventually(lambda: not living(home))


def test_a_child_that_ends_at_once_reports_its_last_output(home: Path) -> None:
    child = Child("A child", ["-c", "import sys; sys.exit('no such thing')"], "it.log")
    with pytest.raises(ChildError, match="no such thing"):
        child.ready()
    child.stop(1)


def test_waiting_for_a_child_that_is_never_ready_has_a_limit(home: Path) -> None:
    child = Child("A child", ["-c", "import time; time.sleep(60)"], "it.log")
    with pytest.raises(ChildError, match="not ready after 0 s"):
        child.ready(0.3)
    child.stop(1)
    assert not child.alive


def test_a_child_that_ignores_the_request_to_stop_is_killed(home: Path) -> None:
    stubborn = (
        "import signal, time\n"
        "signal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        "print('{\"ready\": true}', flush=True)\n"
        "time.sleep(60)"
    )
    child = Child("A child", ["-c", stubborn], "it.log")
    child.ready()
    began = time.monotonic()
    child.stop(0.3)
    assert time.monotonic() - began < 30  # otherwise it would take a minute
    assert not child.alive


def test_ctrl_c_in_the_terminal_doesnt_reach_a_child(home: Path) -> None:
    child = Child("A child", ["-c", CHILD], "it.log")
    child.ready()
    (pid,) = living(home)
    assert os.getpgid(pid) != os.getpgid(0)
    child.stop(1)


def test_only_the_learner_can_read_the_logs(home: Path) -> None:
    child = Child("A child", ["-c", "print('{\"ready\": true}')"], "it.log")
    child.ready()
    child.stop(1)
    assert (log_dir() / "it.log").stat().st_mode & 0o077 == 0


def test_a_log_that_has_grown_large_is_set_aside(home: Path) -> None:
    log = log_dir() / "it.log"
    log.parent.mkdir(parents=True)
    log.write_bytes(b"x" * (LARGEST_LOG + 1))
    child = Child("A child", ["-c", "print('{\"ready\": true}')"], log.name)
    child.ready()
    child.stop(1)
    assert log.stat().st_size == 0
    assert log.with_suffix(".old").stat().st_size == LARGEST_LOG + 1


def test_nothing_is_found_if_nothing_runs(home: Path, tmp_path: Path) -> None:
    assert services.find() is None
    places.sandbox_dir().mkdir(parents=True)
    sandbox = {
        "http": "http://127.0.0.1:9",
        "tls": "https://127.0.0.1:9",
        "ca": "ca.pem",
        "api_key": "k",
        "api_secret": "s",
        "signature_secret": "t",
    }
    (places.sandbox_dir() / "sandbox.json").write_text(json.dumps(sandbox))
    for stale in ('{"url": "http://127.0.0.1:9"}', "[]", "{", '{"url": 1}'):
        (places.sandbox_dir() / "website.json").write_text(stale)
        assert services.find() is None


def test_services_start_once_and_restart_after_being_killed(home: Path) -> None:
    started = services.ensure_running()
    assert services.find() == started
    assert services.ensure_running() == started
    # Two services, the keeper and its standby.
    eventually(lambda: len(living(home)) == 4)
    assert isinstance(started.sandbox, SandboxInfo)
    assert "api_secret" in repr(started)
    assert started.sandbox.api_secret.get_secret_value() not in repr(started)
    for pid in living(home):  # the keepers, too
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: services.find() is None)
    assert services.ensure_running() == started


def test_two_that_start_at_the_same_time_share_services_that_end_with_the_last(
    home: Path,
) -> None:
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", ENSURE],
            cwd=places.ROOT,
            stdout=subprocess.PIPE,
            text=True,
        )
        for _ in range(2)
    ]
    urls = {process.stdout.readline() for process in processes if process.stdout}
    assert len(urls) == 1
    eventually(lambda: len(living(home)) == 6)
    first, last = processes
    first.kill()
    first.wait()
    assert services.find() is not None
    last.kill()
    last.wait()
    eventually(lambda: not living(home))
    assert services.find() is None


def test_a_service_that_cannot_start_says_why_and_leaves_nothing(home: Path) -> None:
    places.data_dir().mkdir()
    (places.data_dir() / "sandbox").mkdir()
    (places.data_dir() / "sandbox" / "sandbox.sqlite3").mkdir()  # in the way
    with pytest.raises(services.ServiceError) as raised:
        services.ensure_running()
    why, *_, where = str(raised.value).splitlines()
    assert why.startswith("The sandbox ended at once: ")
    assert "sandbox.log" in where


def test_one_process_waits_on_standby_until_its_turn_and_others_end(
    tmp_path: Path,
) -> None:
    files = [str(tmp_path / name) for name in ("standby", "place")]
    waiting = [sys.executable, "-m", "livechat_helpers.processes.standby", *files]
    with lock.held(tmp_path / "place", ""):
        both = [subprocess.Popen([*waiting, "calendar"]) for _ in range(2)]
        eventually(lambda: [one.poll() for one in both].count(0) == 1)
    assert [one.wait(60) for one in both] == [0, 0]


def test_a_keeper_on_standby_loads_only_what_it_needs_now() -> None:
    ask = "import sys, livechat_helpers.processes.standby; print(*sys.modules)"
    loaded = subprocess.check_output([sys.executable, "-c", ask], cwd=places.ROOT)
    assert not {b"http", b"json", b"subprocess"} & {*loaded.split()}


def test_a_keeper_keeps_running_when_the_disk_is_too_full_to_say_what_failed(
    home: Path,
) -> None:
    folder = places.sandbox_dir()
    (folder / "sandbox.sqlite3").mkdir(parents=True)  # in the way
    keeper.failure(folder).symlink_to("/dev/full")
    kept = keeper._Kept(folder, services.sandbox(folder))
    assert not kept.look()
    (folder / "sandbox.sqlite3").rmdir()
    kept._due = 0.0
    assert kept.look()
    kept.service.stop()


def test_a_course_that_was_moved_asks_for_a_fresh_start(tmp_path: Path) -> None:
    course = tmp_path / "course"
    shutil.copytree(places.ROOT / "livechat_helpers", course / "livechat_helpers")
    move = (
        "import os\n"
        "from livechat_helpers import services\n"
        "os.rename('../course', '../moved')\n"
        "services.ensure_running()"
    )
    moved = subprocess.run(
        [sys.executable, "-c", move], cwd=course, capture_output=True, text=True
    )
    assert f"isn't there any more: {course}\n" in moved.stderr
    assert "start it again in the new place" in moved.stderr


def test_jupyter_reaches_the_website_even_with_a_long_tmpdir(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("x" * 150)
    long.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(long))
    assert prepared(website_socket(home))


def test_a_home_that_isnt_writable_is_named_along_with_the_fix(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("LIVECHAT_HOME", "/proc/nobody-can-write-here")
    with pytest.raises(services.ServiceError) as raised:
        services.ensure_running()
    why, mend = str(raised.value).splitlines()
    assert "/proc/nobody-can-write-here" in why
    assert "LIVECHAT_HOME to a folder of your own" in mend


def test_only_the_process_that_asked_counts_and_only_while_it_runs(home: Path) -> None:
    folder = places.sandbox_dir()
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=-1) as process:
        assert users.add(folder, ["sandbox"], process.pid)
        assert users.needed(folder) == {"sandbox"}
        [note] = (folder / "users").iterdir()
        own = note.read_text()
        note.write_text(f"{own}0")  # as if the number had been another process's
        assert users.needed(folder) == set()
        assert users.add(folder, ["sandbox"], process.pid)
        process.kill()
        os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        assert users.needed(folder) == set(), "it has ended, but isn't waited for yet"
