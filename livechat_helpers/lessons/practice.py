"""What a check makes for itself at Vonage, and the calls that an answer makes.

What is made here is deleted when the check is over, so a learner's lists stay as they
were.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from secrets import token_hex

from vonage import Vonage
from vonage_http_client.errors import HttpRequestError
from vonage_users import ListUsersFilter, User, Users

from livechat_helpers.applications import current_application
from livechat_helpers.caller import is_from_a_cell
from livechat_helpers.client import application_client
from livechat_helpers.conversations import Conversations, Json
from livechat_helpers.sandbox.remote import RemoteSandbox, connect
from livechat_helpers.settings import Settings


def client() -> Vonage:
    """Return a client of the application; no two threads may share one."""
    return application_client(Settings.load(), current_application().minter())


def sandbox_in_use() -> RemoteSandbox | None:
    """Return the sandbox; None in the cloud, which fails only on its own."""
    return connect() if Settings.load().mode == "sandbox" else None


def own_calls(sandbox: RemoteSandbox, mark: int) -> list[Json]:
    """Return the calls of this notebook since a mark of the trace."""
    return [
        one
        for one in sandbox.trace(after=mark)
        if one["kind"] == "request" and is_from_a_cell(one.get("client", ""))
    ]


@contextmanager
def practice() -> Iterator["Practice"]:
    """Give what a check makes for itself; all of it is deleted in the end."""
    made = Practice(client())
    try:
        yield made
    finally:
        made.clear_away()


@dataclass
class Practice:
    """Users and conversations of a check's own.

    vonage: a client for the application. names: of users; rooms: of conversations, the
    ids. All of these are deleted in the end.
    """

    vonage: Vonage
    names: list[str] = field(default_factory=list)
    rooms: list[str] = field(default_factory=list)

    @property
    def users(self) -> Users:
        """The calls for users."""
        return self.vonage.users

    @cached_property
    def conversations(self) -> Conversations:
        """The calls for conversations."""
        return Conversations(self.vonage.http_client)

    def name(self) -> str:
        """Return a name that nobody has; its user is deleted, whoever makes it."""
        self.names.append(f"kim-practice-{token_hex(3)}")
        return self.names[-1]

    def user(self) -> str:
        """Make a user and return the id."""
        wanted = User.model_validate({"name": self.name()})
        return str(self.users.create_user(wanted).id)

    def room(self) -> str:
        """Make a conversation and return the id."""
        self.rooms.append(self.conversations.create()["id"])
        return self.rooms[-1]

    def clear_away(self) -> None:
        """Delete all of it."""
        for room in self.rooms:
            with suppress(HttpRequestError):
                self.conversations.delete(room)
        for name in self.names:
            named = ListUsersFilter.model_validate({"name": name})
            for each in self.users.list_users(named)[0]:
                with suppress(HttpRequestError):
                    self.users.delete_user(str(each.id))
