"""The command line from 2022, @vonage/cli 1.2.4, which knows only Vonage's hosts."""

import json
import re
from pathlib import Path

import pytest
from sandbox.callers import ALL_PATHS, Caller
from sandbox.running import Json

from livechat_helpers.tokens import acl

from .conftest import MakeNode, Node

VONAGE = "node_modules/@vonage/cli/bin/run.cjs"


class CommandLine:
    """A user at a terminal, in a fresh folder.

    node: runs programs there. account: the environment variables with the account's
        keys.
    """

    def __init__(self, node: Node, account: dict[str, str]) -> None:
        self._node = node
        self._account = account

    def vonage(self, *arguments: str) -> str:
        """Run a command, and return what it printed."""
        done = self._node.run(VONAGE, *arguments, variables=self._account)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    def made(self, prefix: str, *arguments: str) -> str:
        """Run a command that creates something, and return its id."""
        printed = self.vonage(*arguments)
        found = re.search(rf"{prefix}-[0-9a-f-]{{36}}", printed)
        assert found, printed
        return found[0]


@pytest.fixture
def terminal(make_node: MakeNode, ready: Json, tmp_path: Path) -> CommandLine:
    """A terminal in an empty folder."""
    account = {
        "VONAGE_API_KEY": ready["api_key"],
        "VONAGE_API_SECRET": ready["api_secret"],
    }
    return CommandLine(make_node(tmp_path), account)


def test_a_chat_is_set_up_with_the_command_line(
    terminal: CommandLine, account: Caller, tmp_path: Path
) -> None:
    address = "https://example.com/event"
    terminal.vonage("apps:create", "Chat", f"--rtc_event_url={address}")
    saved = json.loads((tmp_path / "vonage_app.json").read_text())
    app = account.get(f"/v2/applications/{saved['application_id']}").json()
    assert app["name"] == "Chat"
    webhook = app["capabilities"]["rtc"]["webhooks"]["event_url"]
    assert webhook["address"] == address

    user = terminal.made("USR", "apps:users:create", "alice", "--display_name=Alice")
    conversation = terminal.made("CON", "apps:conversations:create", "a-chat")
    members = "apps:conversations:members"
    member = terminal.made("MEM", f"{members}:add", conversation, user)
    token = terminal.vonage(
        "jwt",
        f"--app_id={saved['application_id']}",
        "--key_file=chat.key",
        "--subject=alice",
        f"--acl={json.dumps(acl(ALL_PATHS))}",
    ).strip()

    alice = Caller(account.http, f"Bearer {token}")
    own = alice.get(f"/v1/conversations/{conversation}/members/me")
    assert own.status_code == 200, own.text
    assert own.json()["id"] == member
    assert own.json()["_embedded"]["user"]["display_name"] == "Alice"

    terminal.vonage(f"{members}:remove", conversation, member)
    left = alice.get(f"/v1/conversations/{conversation}/members/me")
    assert left.status_code == 404
