"""The sandbox's examples: each opens a chat, in a different language."""

import os
import shlex
import shutil
import subprocess
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import pytest
import yaml

from livechat_helpers import sandbox as package
from livechat_helpers.sandbox import options
from livechat_helpers.sandbox.http.names import Names
from livechat_helpers.sandbox.remote import RemoteSandbox

EXAMPLES = Path(package.__file__).with_name("examples")
_COMMANDS = [("sh", "chat.sh", "curl"), ("node", "chat.mjs", "Node")]
if shutil.which("java"):  # The set-up doesn't install it.
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


def test_the_compose_files_containers_find_each_other() -> None:
    described = yaml.safe_load((EXAMPLES / "compose.yaml").read_text())
    vonage, chat = (described["services"][name] for name in ("vonage", "chat"))
    program, *arguments = shlex.split(vonage["command"])
    given, _ = options.read(arguments)
    assert (program, given.http_port, given.tls_port) == ("vonage-sandbox", 80, 443)
    address = urlsplit(chat["environment"]["SANDBOX"])
    assert (address.scheme, address.port) == ("https", None)
    assert address.hostname in vonage["networks"]["default"]["aliases"]
    assert {*vonage["networks"]["default"]["aliases"]} <= {*Names().certified()}
    kept, shared = vonage["volumes"][0], chat["volumes"][1]
    assert kept == f"state:{given.data_dir}"
    authority = PurePosixPath(chat["environment"]["NODE_EXTRA_CA_CERTS"])
    assert shared == f"state:{authority.parent}:ro"
    assert vonage["environment"].items() <= chat["environment"].items()


def test_each_example_is_short() -> None:
    for file in EXAMPLES.iterdir():
        assert len(file.read_text().splitlines()) <= 100, file.name
