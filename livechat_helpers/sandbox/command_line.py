"""The command ``vonage-sandbox``, which runs the sandbox or works on a running one."""

import argparse
import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

from . import server

_COMMANDS = """\
commands:
  run           run the sandbox; the default
  export FILE   write the whole state of the running sandbox to a file
  import FILE   replace the state of the running sandbox with the one in a file
  record FILE   record until Ctrl-C, and write a pytest test that replays it
  token         print a token for an application, or for one of its users

Each has --help.
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run a command and return the exit code.

    argv: the arguments after the program's name; defaults to this process's own.
    """
    arguments = [*(sys.argv[1:] if argv is None else argv)]
    if arguments[:1] == ["run"]:
        arguments = arguments[1:]
    elif arguments and not arguments[0].startswith("-"):
        return _on_running(arguments)
    return server.main(arguments, commands=_COMMANDS)


def _on_running(arguments: list[str]) -> int:
    """Run a command that works on a running sandbox."""
    parser = argparse.ArgumentParser(
        prog="vonage-sandbox",
        description="Control the running sandbox.",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    for name, what, help in (
        ("export", "FILE", "write the whole state to a file"),
        ("import", "FILE", "replace the state with the one in a file"),
        ("record", "FILE", "record until Ctrl-C, and write a test that replays it"),
    ):
        command = commands.add_parser(name, help=help, description=_sentence(help))
        command.add_argument("file", metavar=what, type=Path)
        _add_folder(command)
        if name == "import":
            command.add_argument(
                "--seed", metavar="TEXT", help="make the ids that follow repeatable"
            )
    help = "print a token for an application, or for one of its users"
    token = commands.add_parser("token", help=help, description=_sentence(help))
    token.add_argument(
        "application", metavar="APPLICATION", help="the application's id"
    )
    token.add_argument("--user", metavar="NAME", help="the user's name")
    _add_folder(token)
    return _run(parser.parse_args(arguments))


def _sentence(help: str) -> str:
    return f"{help[0].upper()}{help[1:]}."


def _add_folder(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--data-dir",
        type=Path,
        metavar="FOLDER",
        help="the running sandbox's folder, if it was started with one",
    )


def _run(given: argparse.Namespace) -> int:
    from .remote import SandboxError, connect  # This loads the HTTP client.

    try:
        sandbox = connect(given.data_dir)
        if given.command == "export":
            sandbox.export_state(given.file)
        elif given.command == "import":
            sandbox.import_state(given.file, given.seed)
        elif given.command == "token":
            print(sandbox.token(given.application, given.user))
        else:
            with sandbox.record(given.file):
                print("Recording. Press Ctrl-C to end.", file=sys.stderr, flush=True)
                _wait_until_told()
    except SandboxError as error:
        print(error, file=sys.stderr)
        return 1
    except OSError as error:
        print(f"{error.filename}: {error.strerror or error}", file=sys.stderr)
        return 1
    return 0


def _wait_until_told() -> None:
    """Wait for Ctrl-C or SIGTERM."""
    told = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: told.set())
    while not told.wait(0.5):  # On Windows, Ctrl-C can't interrupt an endless wait.
        pass
