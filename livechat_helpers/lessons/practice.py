"""What a check creates at Vonage for its own use, and the calls that an answer makes.

Everything created here is deleted when the check is over, so a learner's lists don't
change.
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
_clients = local()  # Threads can't share a client.


def application() -> Application:
    """Return the application in use."""
    return _application(Settings.load())[1]


def client() -> Client:
    """Return this thread's client for the application; threads can't share one."""
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
    """Return a support desk with its own client."""
    return _desk_with(application_client(Settings.load(), application().minter()))


def _desk_with(vonage: Client) -> SupportDesk:
    settings = Settings.load()
    minter, url = application().minter(), realtime_url(settings)
    return SupportDesk(vonage, minter, settings.support_agent, realtime_url=url)


def _application(settings: Settings) -> tuple[_Known, Application]:
    """Return the application, and the settings that it depends on.

    It's cached as long as the settings and the sandbox are the same, because finding it
    takes longer than most of what's done with it.
    """
    global _found
    sandbox = running_sandbox() if settings.mode == "sandbox" else None
    known = (settings.application_id, settings.private_key(), sandbox)
    if _found is None or _found[0] != known or settings.application_id is None:
        _found = known, current_application(settings)
    return _found


def sandbox_in_use() -> RemoteSandbox | None:
    """Return the sandbox, or None in the cloud, which can't be made to fail."""
    return connect() if Settings.load().mode == "sandbox" else None


def own_calls(sandbox: RemoteSandbox, mark: int) -> list[Json]:
    """Return this notebook's calls since a mark of the trace."""
    return [
        one
        for one in sandbox.trace(after=mark)
        if one["kind"] == "request" and is_from_a_cell(one.get("client", ""))
    ]


@contextmanager
def practice() -> Iterator["Practice"]:
    """Provide things for a check to use, and delete all of them at the end."""
    made = Practice(client())
    try:
        yield made
    finally:
        made.clear_away()


@dataclass
class Practice:
    """A check's own users and conversations, which are deleted at the end.

    vonage: a client for the application.
    names: the users' names.
    rooms: the conversations' ids.
    """

    vonage: Client
    names: list[str] = field(default_factory=list)
    rooms: list[str] = field(default_factory=list)

    @property
    def users(self) -> Users:
        """The calls on users."""
        return self.vonage.users

    @cached_property
    def conversations(self) -> Conversations:
        """The calls on conversations."""
        return Conversations(self.vonage.http_client)

    def name(self) -> str:
        """Return an unused name; its user will be deleted, no matter who creates it."""
        self.names.append(f"kim-practice-{token_hex(3)}")
        return self.names[-1]

    def user(self, display_name: str | None = None) -> str:
        """Create a user and return the id.

        display_name: the name that others see; none by default.
        """
        wanted = User.model_validate({"name": self.name()})
        wanted.display_name = display_name
        return str(self.users.create_user(wanted).id)

    def room(self) -> str:
        """Create a conversation and return the id."""
        self.rooms.append(self.conversations.create()["id"])
        return self.rooms[-1]

    def clear_away(self) -> None:
        """Delete everything."""
        for room in self.rooms:
            with suppress(HttpRequestError):
                self.conversations.delete(room)
        for name in self.names:
            named = ListUsersFilter.model_validate({"name": name})
            for each in self.users.list_users(named)[0]:
                with suppress(HttpRequestError):
                    self.users.delete_user(str(each.id))
