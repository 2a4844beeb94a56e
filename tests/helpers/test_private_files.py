"""Only its owner can read a private file, and it's there completely or not at all."""

import os
import resource
import stat
import threading
from pathlib import Path

import pytest

from livechat_helpers.private_files import keep_private, kept_secret
from livechat_helpers.processes import lock


def test_only_the_owner_can_read_it(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        keep_private(tmp_path / "new" / "secret", b"1")
    finally:
        os.umask(old)
    assert stat.S_IMODE((tmp_path / "new" / "secret").stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "new").stat().st_mode) == 0o700


def test_a_file_that_everybody_could_read_becomes_private(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("old")
    path.chmod(0o644)
    keep_private(path, b"new")
    assert path.read_bytes() == b"new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_reader_sees_the_old_content_or_the_new_one(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    wanted = [bytes([65 + number]) * 100_000 for number in range(2)]
    keep_private(path, wanted[0])
    done = threading.Event()

    def write() -> None:
        for number in range(60):
            keep_private(path, wanted[number % 2])
        done.set()

    writer = threading.Thread(target=write)
    writer.start()
    while not done.is_set():
        assert path.read_bytes() in wanted
    writer.join()
    assert [file.name for file in tmp_path.iterdir()] == ["secret"]


def test_a_full_disk_leaves_the_old_content_and_no_leftovers(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    keep_private(path, b"old")
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10, before[1]))
    try:
        with pytest.raises(OSError, match="File too large"):
            keep_private(path, b"x" * 100)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
    assert path.read_bytes() == b"old"
    assert [file.name for file in tmp_path.iterdir()] == ["secret"]


def test_two_that_need_a_secret_at_the_same_time_get_the_same_one(
    tmp_path: Path,
) -> None:
    path, got = tmp_path / "secret", []
    with lock.held(tmp_path / "secrets.lock", ""):
        # When it waits here, it has already looked for the file and not found it.
        second = threading.Thread(target=lambda: got.append(kept_secret(path)))
        second.start()
        second.join(0.3)
        assert got == []
        keep_private(path, b"made by the first")
    second.join()
    assert got == ["made by the first"]


def test_it_is_on_the_disk_before_it_has_its_name(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, synced = tmp_path / "secret", []

    def sync(descriptor: int) -> None:
        assert not path.exists()
        synced.append(os.fstat(descriptor).st_size)

    monkeypatch.setattr(os, "fsync", sync)
    keep_private(path, b"12345")
    assert synced == [5]
    path.unlink()
    keep_private(path, b"1", synced=False)
    assert synced == [5]
