"""The checks: one line each, and below a failed one, how to fix it."""

from pathlib import Path

import pytest

from livechat_helpers.launch import doctor, environment
from livechat_helpers.launch.npm_packages import browser_sdk


def failed(check: doctor.Check) -> list[str]:
    """Return the lines of a check that must have failed."""
    assert not check.ok
    first, *mend = check.line().splitlines()
    assert first.startswith(f"FAIL  {check.name}: ")
    assert mend and all(line.startswith("      ") for line in mend)
    return [first, *mend]


def test_a_fresh_home_passes_every_check(
    home: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser_sdk, "installed", lambda: True)
    assert doctor.main() == 0
    lines = capsys.readouterr().out.splitlines()
    assert all(line.startswith("OK    ") for line in lines)
    assert lines[-1] == "OK    Services running: none now"


def test_the_report_is_the_same_on_every_machine(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(browser_sdk, "installed", lambda: True)
    assert repr(doctor.report()) == (
        "OK    Python\n"
        "OK    Packages\n"
        "OK    Browser SDK\n"
        "OK    Settings in .env\n"
        "OK    Data in .data\n"
        "OK    Private key"
    )


def test_a_report_in_a_notebook_shows_the_fix_as_text() -> None:
    check = doctor.Check("Data", False, "a <b> is wrong", "Do this.")
    shown = doctor.Report([check])._repr_html_()
    assert "a &lt;b&gt; is wrong" in shown
    assert "Do this." in shown


def test_an_old_python_is_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(environment, "OLDEST", (99, 0))
    assert "99.0 or newer" in failed(doctor.python_version())[1]


def test_a_missing_package_is_named(clone: Path) -> None:
    assert "there-is-no-such-package" in failed(doctor.packages())[0]


def test_a_missing_browser_sdk_is_reported(clone: Path) -> None:
    assert "not installed" in failed(doctor.sdk())[0]


def test_a_corrupt_env_file_names_the_line_and_the_exit_code_is_one(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (home / ".env").write_text("VONAGE_MODE=sandbox\n!!! what is this\n")
    lines = failed(doctor.settings())
    assert "line 2" in lines[0]
    assert doctor.main() == 1
    assert lines[0] in capsys.readouterr().out


def test_an_env_file_that_isnt_text_is_reported(home: Path) -> None:
    (home / ".env").write_bytes(b"\xff\xfe\x00VONAGE")
    failed(doctor.settings())


def test_a_data_folder_that_isnt_writable_is_reported(home: Path) -> None:
    (home / ".data").write_text("a file is in the way")
    assert "cannot be written" in failed(doctor.data_folder())[0]


def test_too_little_space_is_reported(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doctor, "SPACE_NEEDED", 1 << 62)
    assert "Free some space" in failed(doctor.data_folder())[1]


def test_a_private_key_that_others_can_read_is_reported(home: Path) -> None:
    (home / ".env").write_text("VONAGE_PRIVATE_KEY_PATH=app.key\n")
    key = home / "app.key"
    key.touch(0o600)
    assert doctor.private_key().ok
    key.chmod(0o644)
    lines = failed(doctor.private_key())
    assert "0644" in lines[0]
    assert lines[1].strip() == "chmod 600 app.key"


def test_an_old_package_from_pythonpath_is_named_with_its_cause(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    old = tmp_path / "httpx-0.1.dist-info"
    old.mkdir()
    (old / "METADATA").write_text("Name: httpx\nVersion: 0.1\n")
    monkeypatch.setenv("PYTHONPATH", str(tmp_path))
    monkeypatch.syspath_prepend(tmp_path)
    found = doctor.packages()
    assert "httpx" in found.detail
    assert "PYTHONPATH is set" in found.mend
