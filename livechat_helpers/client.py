"""A ``vonage`` SDK client that reaches the sandbox or the cloud.

The SDK always speaks https. The sandbox has a TLS listener for it, signed by a
certificate authority of its own, which this module adds to the ones that are trusted
already. Nothing private of the SDK is touched.
"""

import logging
import os
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path

import certifi
from vonage import Auth, HttpClientOptions, Vonage
from vonage_application import Application
from vonage_http_client import HttpClient
from vonage_http_client.errors import HttpRequestError
from vonage_users import Users

from .caller import ASIDE, OWN_CALLS
from .conversations import Conversations
from .private_files import keep_private
from .sandbox.machine.ready_file import SandboxInfo
from .settings import Settings, SettingsError, running_sandbox
from .tokens import Acl, ApplicationAuth, Minter, TokenAuth

# The SDK prints every refused call as a warning. It raises an error, too, which says
# the same; whether a refusal is worth a word is for the caller to know.
logging.getLogger("vonage").setLevel(logging.ERROR)

TIMEOUT = 10
"""Seconds a call may take; the SDK alone would wait forever."""


def account_client(
    settings: Settings | None = None, sandbox_dir: Path | None = None
) -> Vonage:
    """Return a client for the account, which can only manage applications.

    settings: the sandbox or the cloud; what ``.env`` says unless given.
    sandbox_dir: the folder of the sandbox; the kit's own unless given.

    Raises:
        SettingsError: the sandbox is not running, or the cloud's keys are missing.
    """
    settings = settings or Settings.load()
    return _client(Auth(*_account(settings, sandbox_dir)), settings, sandbox_dir)


def application_client(
    settings: Settings,
    minter: Minter,
    sandbox_dir: Path | None = None,
    *,
    user_name: str | None = None,
    acl: Acl | None = None,
) -> "Client":
    """Return a client for one application, or for one user of it.

    minter: makes the token of every call. user_name, acl: whose tokens they are and
        what they may do; without them they act for the whole application.

    Raises:
        SettingsError: the sandbox is not running.
    """
    auth = ApplicationAuth(minter, user_name=user_name, acl=acl)
    return _client(auth, settings, sandbox_dir)


def token_client(
    token: str, settings: Settings | None = None, sandbox_dir: Path | None = None
) -> "Client":
    """Return a client that sends a token minted elsewhere.

    settings, sandbox_dir: as for ``account_client``.

    Raises:
        SettingsError: the sandbox is not running.
    """
    return _client(TokenAuth(token), settings or Settings.load(), sandbox_dir)


def realtime_url(settings: Settings, sandbox_dir: Path | None = None) -> str:
    """Return the http address of the server that sends live events.

    Raises:
        SettingsError: the sandbox is not running.
    """
    if settings.mode == "sandbox":
        return running_sandbox(sandbox_dir).http
    return settings.realtime_url


def _account(settings: Settings, sandbox_dir: Path | None) -> tuple[str, str]:
    if settings.mode == "sandbox":
        sandbox = running_sandbox(sandbox_dir)
        return sandbox.api_key, sandbox.api_secret.get_secret_value()
    if settings.api_key is None or settings.api_secret is None:
        raise SettingsError(
            "VONAGE_MODE is cloud, but the API key or the API secret is missing.\n"
            "Write VONAGE_API_KEY and VONAGE_API_SECRET into .env; you find both in "
            "the Vonage dashboard."
        )
    return settings.api_key, settings.api_secret.get_secret_value()


def _client(auth: Auth, settings: Settings, sandbox_dir: Path | None) -> "Client":
    host = settings.api_host
    if settings.mode == "sandbox":
        sandbox = running_sandbox(sandbox_dir)
        _trust(sandbox)
        host = sandbox.tls.removeprefix("https://")
    # The SDK sends a request again, a POST too, when its connection breaks, as often
    # as its pool is large; one customer would become ten. So the pool is of one.
    options = HttpClientOptions(
        api_host=host, timeout=TIMEOUT, max_retries=0, pool_maxsize=1
    )
    return Client(auth, options, OWN_CALLS)


class Client(Vonage):
    """A client whose calls say where they come from, with the conversation calls.

    The SDK's own ``append_to_user_agent`` comes too late: in 4.9.1 the header is made
    once, before it. So the words are put where the SDK's version goes.
    """

    def __init__(self, auth: Auth, options: HttpClientOptions, caller: str) -> None:
        super().__init__(auth, options)
        self._marked = HttpClient(auth, options, f"{version('vonage')} {caller}")
        self.application = Application(self._marked)
        self.users = Users(self._marked)
        self.conversations = Conversations(self._marked)

    @property
    def http_client(self) -> HttpClient:
        return self._marked

    def aside(self) -> "Client":
        """Return one more client like this one, for another thread.

        Two threads can't share a client. The sandbox can tell the calls of the two
        apart.
        """
        return Client(self._marked.auth, self._marked.http_client_options, ASIDE)


def _trust(sandbox: SandboxInfo) -> None:
    """Make ``requests`` trust the sandbox as well as what it trusts already."""
    ours = sandbox.ca.with_name("trusted.pem")
    trusted = Path(
        os.environ.get("REQUESTS_CA_BUNDLE")
        or os.environ.get("CURL_CA_BUNDLE")
        or certifi.where()
    )
    authority = sandbox.ca.read_bytes()
    # The variable may also name a folder, with one certificate in each file.
    files = sorted(trusted.iterdir()) if trusted.is_dir() else [trusted]
    others = b"\n".join(file.read_bytes() for file in files if file.is_file())
    if trusted.is_dir() or authority not in others:
        keep_private(ours, others + b"\n" + authority)
        os.environ["REQUESTS_CA_BUNDLE"] = str(ours)
    # A proxy for the internet must not get what goes to this machine.
    # Both spellings are in use; where both are set, `requests` reads the lower one.
    spellings = ("no_proxy", "NO_PROXY")
    given = ",".join(os.environ.get(name, "") for name in spellings).split(",")
    direct = dict.fromkeys(host.strip() for host in given if host.strip())
    if "*" not in direct:
        hosts = ",".join({**direct, "127.0.0.1": None, "localhost": None})
        os.environ.update(dict.fromkeys(spellings, hosts))


def answer_to(call: Callable[..., object], *arguments: object) -> str:
    """Make a call and return what Vonage says: an error code, or ``welcome``.

    Notebook 02 writes this.

    call, arguments: such as ``client.users.list_users``.
    """
    try:
        call(*arguments)
    except HttpRequestError as error:
        answer = error.response
        return str(answer.json().get("code", answer.status_code))
    return "welcome"
