"""For a damaged or missing file, the error names it and says how to fix it."""

import os
import sqlite3
import stat
from pathlib import Path

import pytest

from livechat_helpers.sandbox.machine.unusable import explain
from livechat_helpers.sandbox.remote import SandboxError, connect
from livechat_helpers.sandbox.testing import running

from . import running as programs


@pytest.mark.parametrize("name", ["sandbox.json", "ca.pem"])
@pytest.mark.parametrize("content", [None, b"", b"{", b"\xff"])
def test_a_running_sandbox_without_its_files_isnt_reported_as_stopped(
    tmp_path: Path, name: str, content: bytes | None
) -> None:
    with running(tmp_path):
        connect(tmp_path).close()
        (tmp_path / name).unlink()
        if content is not None:
            (tmp_path / name).write_bytes(content)
        how = "missing" if content is None else "damaged"
        with pytest.raises(SandboxError, match=f"{name} is {how}.*\n.*start it again"):
            connect(tmp_path)
    with running(tmp_path):
        connect(tmp_path).close()


@pytest.mark.parametrize(
    ("name", "mend"),
    [
        ("account.json", "Move it away"),
        ("ca-key.pem", "Move it away"),
        ("sandbox.sqlite3", "damaged. Move"),
        ("lock.sqlite3", "damaged. Delete it"),
    ],
)
def test_a_start_names_the_damaged_file(tmp_path: Path, name: str, mend: str) -> None:
    (tmp_path / name).write_bytes(b"not what it should be" * 50)
    program = programs.sandbox(tmp_path)
    assert program.exit_code() == 1
    said = program.errors()
    assert name in said
    assert mend in said
    assert "Free some space" not in said
    program.kill()


@pytest.mark.root
def test_a_file_system_without_shared_memory_maps_is_named(tmp_path: Path) -> None:
    null_device = os.makedev(1, 3)  # it can be opened, but not mapped
    os.mknod(tmp_path / "sandbox.sqlite3-shm", 0o666 | stat.S_IFCHR, null_device)
    program = programs.sandbox(tmp_path)
    assert program.exit_code() == 1
    said = program.errors()
    assert "lacks shared memory maps" in said
    assert "Set LIVECHAT_HOME to a folder on one of this machine's disks" in said
    assert "Free some space" not in said
    program.kill()


def test_a_file_in_the_folders_place_isnt_reported_as_a_full_disk(
    tmp_path: Path,
) -> None:
    (tmp_path / "folder").write_text("a file")
    program = programs.sandbox(tmp_path / "folder")
    assert program.exit_code() == 1
    said = program.errors()
    assert "Choose another place with --data-dir." in said
    assert "Free some space" not in said
    program.kill()


def test_a_home_without_shared_memory_isnt_mistaken_for_a_full_disk() -> None:
    error = sqlite3.OperationalError("disk I/O error")
    for code, mend in (
        (
            sqlite3.SQLITE_IOERR_SHMMAP,
            "Set LIVECHAT_HOME to a folder on one of this",
        ),
        (sqlite3.SQLITE_IOERR_WRITE, "Free some space"),
    ):
        error.sqlite_errorcode = code
        assert mend in explain(error, Path("folder"))
