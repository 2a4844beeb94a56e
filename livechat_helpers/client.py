"""A ``vonage`` SDK client that reaches the sandbox or the cloud.

The SDK always uses https. The sandbox has a TLS listener for it, whose certificate
comes from the sandbox's own certificate authority. This module adds that authority to
the trusted ones. It doesn't touch any private parts of the SDK.
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

# The SDK logs a warning for every rejected call, and also raises an error that says the
# same. The caller decides whether the error is worth reporting.
logging.getLogger("vonage").setLevel(logging.ERROR)

TIMEOUT = 10
"""Timeout of a call in seconds; by default, the SDK would wait forever."""


def account_client(
    settings: Settings | None = None, sandbox_dir: Path | None = None
) -> Vonage:
    """Return a client for the account, which can only manage applications.

    settings: say whether to use the sandbox or the cloud; loaded from ``.env`` by
        default.
    sandbox_dir: the sandbox's folder; defaults to the kit's own.

    Raises:
        SettingsError: the sandbox isn't running, or the cloud's keys are missing.
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
    """Return a client for one application, or for one of its users.

    minter: makes a token for every call.
    user_name: the user that the tokens are for; without one, they act for the whole
        application.
    acl: what the tokens allow.

    Raises:
        SettingsError: the sandbox isn't running.
    """
    auth = ApplicationAuth(minter, user_name=user_name, acl=acl)
    return _client(auth, settings, sandbox_dir)


def token_client(
    token: str, settings: Settings | None = None, sandbox_dir: Path | None = None
) -> "Client":
    """Return a client that sends a token minted elsewhere.

    token: the JWT to send with every call.
    settings, sandbox_dir: as for ``account_client``.

    Raises:
        SettingsError: the sandbox isn't running.
    """
    return _client(TokenAuth(token), settings or Settings.load(), sandbox_dir)


def realtime_url(settings: Settings, sandbox_dir: Path | None = None) -> str:
    """Return the HTTP address of the server that sends live events.

    Raises:
        SettingsError: the sandbox isn't running.
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
    # When a connection breaks, the SDK resends the request, even a POST, as many times
    # as its pool is large. One customer would become ten, so the pool holds one
    # connection.
    options = HttpClientOptions(
        api_host=host, timeout=TIMEOUT, max_retries=0, pool_maxsize=1
    )
    return Client(auth, options, OWN_CALLS)


class Client(Vonage):
    """A client with the conversation calls, which names its process in each call.

    The SDK's own ``append_to_user_agent`` comes too late: in 4.9.1, the header has
    already been built by then. So the process's name goes in with the SDK's version.
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
        """Return a client like this one for use in another thread.

        Two threads can't share a client. The new client's ``User-Agent`` differs, so
        the sandbox can tell their calls apart.
        """
        return Client(self._marked.auth, self._marked.http_client_options, ASIDE)


def _trust(sandbox: SandboxInfo) -> None:
    """Make ``requests`` trust the sandbox on top of what it already trusts."""
    ours = sandbox.ca.with_name("trusted.pem")
    trusted = Path(
        os.environ.get("REQUESTS_CA_BUNDLE")
        or os.environ.get("CURL_CA_BUNDLE")
        or certifi.where()
    )
    authority = sandbox.ca.read_bytes()
    # The variable can also name a folder with one certificate per file.
    files = sorted(trusted.iterdir()) if trusted.is_dir() else [trusted]
    others = b"\n".join(file.read_bytes() for file in files if file.is_file())
    if trusted.is_dir() or authority not in others:
        keep_private(ours, others + b"\n" + authority)
        os.environ["REQUESTS_CA_BUNDLE"] = str(ours)
    # Traffic to this machine mustn't go through an internet proxy. Both spellings are
    # in use; if both are set, `requests` reads the lower-case one.
    spellings = ("no_proxy", "NO_PROXY")
    given = ",".join(os.environ.get(name, "") for name in spellings).split(",")
    direct = dict.fromkeys(host.strip() for host in given if host.strip())
    if "*" not in direct:
        hosts = ",".join({**direct, "127.0.0.1": None, "localhost": None})
        os.environ.update(dict.fromkeys(spellings, hosts))


def answer_to(call: Callable[..., object], *arguments: object) -> str:
    """Make a call and return Vonage's verdict: an error code, or ``welcome``.

    You write this function in notebook 02.

    call: the function to call, such as ``client.users.list_users``.
    arguments: what to pass to it.
    """
    try:
        call(*arguments)
    except HttpRequestError as error:
        answer = error.response
        return str(answer.json().get("code", answer.status_code))
    return "welcome"
