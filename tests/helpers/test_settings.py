"""What ``.env`` sets, and the errors if it can't be used."""

from pathlib import Path

import pytest

from livechat_helpers.settings import Settings, SettingsError, running_sandbox


def test_without_a_file_everything_uses_the_sandbox() -> None:
    settings = Settings.load()
    assert settings.mode == "sandbox"
    assert settings.application_id is None
    assert settings.private_key() is None


def test_the_file_is_read(env_file: Path) -> None:
    env_file.write_text(
        "# a comment\n\nexport VONAGE_MODE='cloud'\nVONAGE_API_KEY=abcd1234\n"
        'AGENT_PASSWORD="let me in"\nVONAGE_PRIVATE_KEY_PATH=.data/my.key\n'
        "SUPPORT_AGENT=\nSOMETHING_ELSE=1\n"
    )
    settings = Settings.load()
    assert settings.mode == "cloud"
    assert settings.api_key == "abcd1234"
    assert settings.agent_password is not None
    assert settings.agent_password.get_secret_value() == "let me in"
    assert settings.support_agent is None, "an empty value counts as missing"
    assert settings.private_key() == env_file.parent / ".data" / "my.key"


def test_secrets_are_not_printed(env_file: Path) -> None:
    env_file.write_text(
        "VONAGE_API_SECRET=s3cret\nVONAGE_SIGNATURE_SECRET=s3cret\n"
        "AGENT_PASSWORD=s3cret\n"
    )
    assert "s3cret" not in repr(Settings.load())


def test_the_environment_wins_over_the_file(
    env_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    env_file.write_text("VONAGE_MODE=cloud\nVONAGE_API_KEY=file\n")
    monkeypatch.setenv("VONAGE_MODE", "sandbox")
    settings = Settings.load()
    assert (settings.mode, settings.api_key) == ("sandbox", "file")


def test_an_absolute_key_path_is_kept(env_file: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.key"
    env_file.write_text(f"VONAGE_PRIVATE_KEY_PATH={elsewhere.as_posix()}\n")
    assert Settings.load().private_key() == elsewhere


def test_a_file_written_on_windows_can_be_read(env_file: Path) -> None:
    env_file.write_bytes(b"\xef\xbb\xbfVONAGE_MODE=cloud\r\nVONAGE_API_KEY=abcd\r\n")
    settings = Settings.load()
    assert (settings.mode, settings.api_key) == ("cloud", "abcd")


@pytest.mark.parametrize(
    ("content", "hint"),
    [
        (b"\xff\xfe\x00\x01", "cannot be read"),
        (b"VONAGE_API_KEY=\xe9\n", "cannot be read"),
        ("VONAGE_MODE=sandbox".encode("utf-16"), "cannot be read"),
        (b"VONAGE_MODE=sandbox\nthis is no setting at all\n", "line 2"),
        (b"{\n", "line 1"),
        (b"VONAGE_MODE='sandbox\n", "line 1"),
        (b"VONAGE_API_KEY=a\n\n=b\n", "line 3"),
        (b"VONAGE_MODE=sandboks\n", "VONAGE_MODE"),
        (b"\x00\x00\x00\n", "line 1"),
    ],
)
def test_an_unusable_file_is_reported_along_with_the_fix(
    env_file: Path, content: bytes, hint: str
) -> None:
    env_file.write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        Settings.load()
    what, mend = str(caught.value).splitlines()
    assert ".env" in what
    assert hint in what
    assert mend.startswith("Correct")
    assert env_file.read_bytes() == content, "the file belongs to the learner"


def test_a_folder_in_the_files_place_is_reported(env_file: Path) -> None:
    env_file.mkdir()
    with pytest.raises(SettingsError, match=r"\.env cannot be read"):
        Settings.load()


def test_a_wrong_value_isnt_shown_if_it_may_be_a_secret(
    env_file: Path,
) -> None:
    env_file.write_text("API SECRET: s3cret\n")
    with pytest.raises(SettingsError) as caught:
        Settings.load()
    assert "s3cret" not in str(caught.value)


@pytest.mark.parametrize(
    "content", [None, b"", b"{", b"[]", b"{}", b"null", b"\xff", b'{"http": 1}']
)
def test_a_sandbox_that_isnt_running_is_reported(
    tmp_path: Path, content: bytes | None
) -> None:
    if content is not None:
        (tmp_path / "sandbox.json").write_bytes(content)
    with pytest.raises(SettingsError) as caught:
        running_sandbox(tmp_path)
    what, mend = str(caught.value).splitlines()
    assert what == "The sandbox is not running."
    assert "python -m livechat_helpers" in mend


def test_colleagues_are_separated_by_commas(env_file: Path) -> None:
    assert Settings.load().colleagues() == ["ada", "ben"]
    env_file.write_text("SUPPORT_TEAM=' grace,,linus '\n")
    assert Settings.load().colleagues() == ["grace", "linus"]
