"""The examples beside the sandbox: each opens a chat, in its own language."""

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from livechat_helpers import sandbox as package
from livechat_helpers.sandbox.remote import RemoteSandbox

EXAMPLES = Path(package.__file__).with_name("examples")
_COMMANDS = [("sh", "chat.sh", "curl"), ("node", "chat.mjs", "Node")]
if shutil.which("java"):  # Only some machines have it, and the set-up brings none.
    _COMMANDS.append(("java", "Chat.java", "Java"))


@pytest.mark.parametrize(("program", "file", "says"), _COMMANDS)
def test_an_example_opens_a_chat(
    vonage_sandbox: RemoteSandbox, program: str, file: str, says: str
) -> None:
    info = vonage_sandbox.info
    done = subprocess.run(
        [program, str(EXAMPLES / file)],
        env={
            "PATH": os.environ["PATH"],
            "SANDBOX": vonage_sandbox.url,
            "VONAGE_API_KEY": info.api_key,
            "VONAGE_API_SECRET": info.api_secret.get_secret_value(),
        },
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    assert f"Hello from {says}" in done.stdout
    [application] = vonage_sandbox.applications()
    [chat] = vonage_sandbox.conversations(application["id"])
    assert chat["members"] == [f"{says.lower()}-alice"]
    assert chat["last"]["body"]["text"] == f"Hello from {says}"


def test_each_example_is_short() -> None:
    for file in EXAMPLES.iterdir():
        assert len(file.read_text().splitlines()) <= 100, file.name
