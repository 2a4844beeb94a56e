"""What a check creates at Vonage for itself, and the calls that an answer makes.

What is made here is deleted when the check is over, so a learner's lists stay as they
were.
"""

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from functools import cached_property
from secrets import token_hex
from threading import local

from vonage_http_client.errors import HttpRequestError
from vonage_users import ListUsersFilter, User, Users

from livechat_helpers.applications import Application, current_application
from livechat_helpers.caller import is_from_a_cell
from livechat_helpers.client import Client, application_client, realtime_url
from livechat_helpers.conversations import Conversations, Json
from livechat_helpers.sandbox.remote import RemoteSandbox, connect
from livechat_helpers.settings import Settings, running_sandbox
from livechat_helpers.support_desk import SupportDesk

_Known = tuple[object, ...]
_found: tuple[_Known, Application] | None = None
_clients = local()  # no two threads may share one


def application() -> Application:
    """Return the application that is in use."""
    return _application(Settings.load())[1]


def client() -> Client:
    """Return this thread's client of the application; no two threads may share one."""
    settings = Settings.load()
    known, ours = _application(settings)
    if getattr(_clients, "known", None) != known:
        _clients.known = known
        _clients.client = application_client(settings, ours.minter())
    return _clients.client


def open_desk() -> SupportDesk:
    """Return a support desk that uses this thread's client."""
    return _desk_with(client())


def desk_of_its_own() -> SupportDesk:
    """Return a support desk with a client that nobody else uses."""
    return _desk_with(application_client(Settings.load(), application().minter()))


def _desk_with(vonage: Client) -> SupportDesk:
    settings = Settings.load()
    minter, url = application().minter(), realtime_url(settings)
    return SupportDesk(vonage, minter, settings.support_agent, realtime_url=url)


def _application(settings: Settings) -> tuple[_Known, Application]:
    """Return the application, and what it depends on.

    It's kept as long as settings and sandbox are the same: to find it takes longer than
    most of what is done with it.
    """
    global _found
    sandbox = running_sandbox() if settings.mode == "sandbox" else None
    known = (settings.application_id, settings.private_key(), sandbox)
    if _found is None or _found[0] != known or settings.application_id is None:
        _found = known, current_application(settings)
    return _found


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

    vonage: Client
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

    def user(self, display_name: str | None = None) -> str:
        """Make a user and return the id.

        display_name: what others see; none unless given.
        """
        wanted = User.model_validate({"name": self.name()})
        wanted.display_name = display_name
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
