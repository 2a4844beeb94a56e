"""The sandbox's start options, from the command line and the environment."""

import argparse
import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import get_args

from .http.names import read_name
from .local_vonage import Options
from .machine.folder import default_folder
from .rules.given_application import GivenApplication, UnusableKey, read_public_key
from .storage.store import Synchronous

# These are the names that the vendor's own programs use, so one file serves both.
_CREDENTIALS = {
    "api_key": "VONAGE_API_KEY",
    "api_secret": "VONAGE_API_SECRET",
    "signature_secret": "VONAGE_SIGNATURE_SECRET",
}
_APPLICATION = "VONAGE_APPLICATION_ID"
_KEY = "VONAGE_PRIVATE_KEY"  # the key itself, or the path of its file
_KEY_PATH = "VONAGE_PRIVATE_KEY_PATH"

_ENVIRONMENT = """\
If an option isn't given, its value comes from the environment: VONAGE_API_KEY,
VONAGE_API_SECRET, VONAGE_SIGNATURE_SECRET, VONAGE_APPLICATION_ID, and
VONAGE_PRIVATE_KEY (the key or its file) or VONAGE_PRIVATE_KEY_PATH. Without either,
the sandbox makes its own values, and keeps them.
"""


def read(
    arguments: Sequence[str], commands: str = ""
) -> tuple[argparse.Namespace, Options]:
    """Read the command line and the environment.

    arguments: the arguments after the program's name.
    commands: the text about other commands for --help.

    Raises:
        SystemExit: the arguments can't be understood, or the user asked for help.
    """
    parser = _parser(commands)
    given = parser.parse_args(arguments)
    try:
        application = _application(given, os.environ)
    except (UnusableKey, OSError) as error:
        parser.error(str(error))
    return given, Options(
        strict=given.strict,
        strict_jwt=given.strict_jwt,
        rate_limit=given.rate_limit,
        seed=given.seed,
        bind=given.bind,
        hosts=tuple(given.host),
        synchronous=given.synchronous,
        credentials=_credentials(given, os.environ),
        application=application,
    )


def _credentials(
    given: argparse.Namespace, environment: Mapping[str, str]
) -> dict[str, str]:
    found = {
        name: getattr(given, name) or environment.get(variable)
        for name, variable in _CREDENTIALS.items()
    }
    return {name: value for name, value in found.items() if value}


def _application(
    given: argparse.Namespace, environment: Mapping[str, str]
) -> GivenApplication | None:
    """Return the application that exists from the start, if any.

    Raises:
        UnusableKey: the id or the key is missing, or the key can't be used.
        OSError: the key's file can't be read.
    """
    application_id = given.application_id or environment.get(_APPLICATION)
    key = _key(given, environment)
    asked = given.application_id or given.private_key
    if not asked and not (application_id and key):
        return None  # A program's settings can name an application without its key.
    if not application_id or not key:
        raise UnusableKey("--application-id and --private-key go together")
    return GivenApplication(application_id, read_public_key(key))


def _key(given: argparse.Namespace, environment: Mapping[str, str]) -> str | None:
    text = given.private_key or environment.get(_KEY) or environment.get(_KEY_PATH)
    if not text or "-----BEGIN" in text:
        return text
    return Path(text).read_text()


def _parser(commands: str) -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="vonage-sandbox",
        usage="%(prog)s [options]",
        description="Run the sandbox: a local Vonage with the Conversation API. It"
        " prints one JSON line when it's ready, and ends on Ctrl-C or SIGTERM.",
        epilog="\n".join(filter(None, [_ENVIRONMENT, commands])),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    _add_places(parser)
    _add_account(parser)
    _add_behaviour(parser)
    parser.add_argument(
        "--exit-with-parent", action="store_true", help=argparse.SUPPRESS
    )
    return parser


def _add_places(parser: argparse.ArgumentParser) -> None:
    places = parser.add_argument_group("where it is")
    places.add_argument(
        "--bind",
        default="127.0.0.1",
        metavar="ADDRESS",
        help="listen at this address; 0.0.0.0 for all, as in a container"
        " (default: 127.0.0.1, only this machine)",
    )
    places.add_argument(
        "--host",
        action="append",
        default=[],
        type=_host,
        metavar="NAME",
        help="also answer to this name, and to web pages on it, and put it in the"
        " certificate; can be repeated",
    )
    places.add_argument(
        "--http-port",
        type=int,
        default=0,
        metavar="N",
        help="plain HTTP port; 0 for a free one",
    )
    places.add_argument(
        "--tls-port",
        type=int,
        default=0,
        metavar="N",
        help="TLS port; 0 for a free one",
    )
    places.add_argument(
        "--data-dir",
        type=Path,
        default=default_folder(),
        metavar="FOLDER",
        help="folder for its state (default: %(default)s)",
    )


def _add_account(parser: argparse.ArgumentParser) -> None:
    account = parser.add_argument_group("account and application")
    account.add_argument("--api-key", metavar="KEY", help="the account's API key")
    account.add_argument(
        "--api-secret", metavar="SECRET", help="the account's API secret"
    )
    account.add_argument(
        "--signature-secret", metavar="SECRET", help="the secret that signs webhooks"
    )
    account.add_argument(
        "--application-id",
        metavar="ID",
        help="start with an application that has this id, and keep it after a reset",
    )
    account.add_argument(
        "--private-key",
        metavar="FILE",
        help="that application's key: the private one or the public one, as PEM",
    )


def _add_behaviour(parser: argparse.ArgumentParser) -> None:
    behaviour = parser.add_argument_group("how it behaves")
    behaviour.add_argument(
        "--strict", action="store_true", help="refuse unknown keys with 400"
    )
    behaviour.add_argument(
        "--strict-jwt",
        action="store_true",
        help="refuse tokens that are valid for over 24 hours or under 30 seconds,"
        " whose exp is in milliseconds or a string, whose jti is another token's, or"
        " whose ACL has entries without effect",
    )
    behaviour.add_argument(
        "--rate-limit",
        type=_number,
        metavar="N",
        help="answer 429 if an application makes more than N calls a second",
    )
    behaviour.add_argument(
        "--seed", metavar="TEXT", help="make the same ids in every run with this seed"
    )
    behaviour.add_argument(
        "--synchronous",
        type=str.upper,
        choices=get_args(Synchronous),
        default="FULL",
        help="when to answer a write: with FULL, when it's on the disk (default); the"
        " others are faster, but a power cut can undo the last writes",
    )


def _host(text: str) -> str:
    try:
        return read_name(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(
            f"{error}; leave out scheme, port and path"
        ) from error


def _number(text: str) -> int:
    number = int(text)
    if number < 1:
        raise argparse.ArgumentTypeError("must be at least 1")
    return number
