"""Applications: created, remembered, found again, even if the sandbox has changed."""

import json
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from dotenv import dotenv_values
from sandbox import running
from sandbox.running import Json
from vonage_application import ApplicationConfig, Keys
from vonage_http_client.errors import AuthenticationError

from livechat_helpers import places
from livechat_helpers.applications import (
    Application,
    create_application,
    current_application,
    ensure_application,
    keep,
    named,
    remember,
)
from livechat_helpers.client import account_client, application_client
from livechat_helpers.settings import Settings, SettingsError
from livechat_helpers.tokens import load_private_key

URL = "http://127.0.0.1:9/webhooks/event"


def can_chat(application: Application, sandbox_dir: Path) -> bool:
    """Return whether a call with an application's key works."""
    client = application_client(Settings.load(), application.minter(), sandbox_dir)
    client.users.list_users()
    return True


def test_a_created_application_has_its_key_in_a_private_file(
    application: Application, sandbox_dir: Path
) -> None:
    assert stat.S_IMODE(application.private_key_file.stat().st_mode) == 0o600
    assert b"PRIVATE KEY" in application.private_key_file.read_bytes()
    assert can_chat(application, sandbox_dir)
    client = account_client(Settings.load(), sandbox_dir)
    made = client.application.get_application(application.id)
    assert made.capabilities is not None
    assert made.capabilities.rtc is not None
    assert made.capabilities.rtc.signed_callbacks is True
    assert made.capabilities.rtc.webhooks is not None
    assert made.capabilities.rtc.webhooks.event_url is not None
    assert made.capabilities.rtc.webhooks.event_url.address == URL


def test_a_key_can_only_be_saved_from_the_answer_that_contains_it(
    application: Application, sandbox_dir: Path, home: Path
) -> None:
    client = account_client(Settings.load(), sandbox_dir)
    with pytest.raises(ValueError, match="no private key to keep"):
        keep(client.application.get_application(application.id))
    assert not (home / ".data" / "a-test.key").exists()


def test_of_many_applications_with_one_name_yours_is_found(
    application: Application, sandbox_dir: Path
) -> None:
    places.sandbox_dir().symlink_to(sandbox_dir)
    client = account_client()
    key = load_private_key(application.private_key_file).public_key()
    text = key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()
    for _ in range(100):  # Vonage lists a hundred at a time.
        other = ApplicationConfig(name="Yours", keys=Keys(public_key=text))
        client.application.create_application(other)
    assert named("Yours") is None
    mine = create_application(client, "Yours", URL, places.data_dir() / "yours.key")
    assert named("Yours") == mine


def test_the_remembered_application_is_used(
    application: Application, sandbox_dir: Path, env_file: Path
) -> None:
    remember(application)
    assert stat.S_IMODE(env_file.stat().st_mode) == 0o600
    assert current_application(sandbox_dir=sandbox_dir) == application
    known = dotenv_values(env_file)
    assert known == {
        "VONAGE_APPLICATION_ID": application.id,
        "VONAGE_PRIVATE_KEY_PATH": ".data/test.key",
    }, "a path that moves with the folder"


def test_saving_a_setting_keeps_the_other_lines(
    application: Application, sandbox_dir: Path, env_file: Path
) -> None:
    env_file.write_text("# mine\nAGENT_PASSWORD=x\nVONAGE_APPLICATION_ID=old\n")
    remember(application)
    remember(application)
    lines = env_file.read_text().splitlines()
    assert lines[:2] == ["# mine", "AGENT_PASSWORD=x"]
    assert len(lines) == 4
    assert current_application(sandbox_dir=sandbox_dir) == application


def test_a_key_elsewhere_is_remembered_by_its_full_path(
    application: Application,
    sandbox_dir: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    elsewhere = tmp_path_factory.mktemp("elsewhere") / "it's here.key"
    elsewhere.write_bytes(application.private_key_file.read_bytes())
    moved = Application(application.id, elsewhere)
    remember(moved)
    assert current_application(sandbox_dir=sandbox_dir) == moved


@pytest.fixture
def own_sandbox(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of an empty sandbox that only this test uses."""
    return tmp_path_factory.mktemp("own-sandbox")


def test_without_another_application_the_demonstration_is_used(
    own_sandbox: Path,
) -> None:
    program = running.sandbox(own_sandbox)
    program.ready()
    with pytest.raises(SettingsError, match="There is no application yet") as caught:
        current_application(sandbox_dir=own_sandbox)
    assert "notebook 01" in str(caught.value).splitlines()[1]
    made = ensure_application(Settings.load(), URL, own_sandbox)
    assert made.private_key_file.parent == own_sandbox
    assert ensure_application(Settings.load(), URL, own_sandbox) == made
    assert current_application(sandbox_dir=own_sandbox) == made
    client = account_client(Settings.load(), own_sandbox)
    assert len(client.application.list_applications()[0]) == 1

    # As soon as .env names one, the helpers use it.
    key_file = own_sandbox / "mine.key"
    mine = create_application(client, "Mine", URL, key_file)
    remember(mine)
    assert current_application(sandbox_dir=own_sandbox) == mine

    # If the demonstration is deleted, the helpers create it again.
    client.application.delete_application(mine.id)
    client.application.delete_application(made.id)
    again = ensure_application(Settings.load(), URL, own_sandbox)
    assert again.id not in (mine.id, made.id)
    assert can_chat(again, own_sandbox)
    program.stop()


def test_another_sandboxs_settings_break_nothing(
    application: Application, own_sandbox: Path, env_file: Path
) -> None:
    program = running.sandbox(own_sandbox)
    program.ready()
    remember(application)
    before = env_file.read_bytes()
    found = ensure_application(Settings.load(), URL, own_sandbox)
    assert found != application
    assert can_chat(found, own_sandbox)
    assert env_file.read_bytes() == before
    program.stop()


@pytest.mark.parametrize("damage", ["gone", "junk", "another key"])
def test_an_application_whose_key_is_lost_isnt_used(
    application: Application, ready: Json, sandbox_dir: Path, damage: str
) -> None:
    remember(application)
    if damage == "gone":
        application.private_key_file.unlink()
    elif damage == "junk":
        application.private_key_file.write_bytes(b"junk")
    else:
        client = account_client(Settings.load(), sandbox_dir)
        key_file = application.private_key_file
        create_application(client, "Another", URL, key_file)  # this overwrites it
        with pytest.raises(AuthenticationError):
            can_chat(application, sandbox_dir)
    found = ensure_application(Settings.load(), URL, sandbox_dir)
    assert can_chat(found, sandbox_dir)


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"id": 5}'])
def test_a_damaged_record_of_the_demonstration_is_replaced(
    ready: Json, sandbox_dir: Path, content: bytes
) -> None:
    note = sandbox_dir / "demonstration.json"
    note.write_bytes(content)
    made = ensure_application(Settings.load(), URL, sandbox_dir)
    assert json.loads(note.read_bytes()) == {"id": made.id}


def test_in_the_cloud_no_application_is_created(env_file: Path) -> None:
    env_file.write_text("VONAGE_MODE=cloud\nVONAGE_API_KEY=abcd\nVONAGE_API_SECRET=s\n")
    with pytest.raises(SettingsError, match="There is no application yet"):
        ensure_application(Settings.load(), URL)
