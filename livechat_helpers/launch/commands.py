"""The subcommands of ``python -m livechat_helpers``.

Each one first makes sure that the packages are installed. If they're in ``.venv``, it
continues with that Python. Until then, only the standard library is imported.
"""

import argparse
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from types import FrameType

from livechat_helpers import places, pristine
from livechat_helpers.matrix import platforms
from livechat_helpers.processes.terminal import say

from . import course_folder, environment
from .setup_errors import NO_FOLDER, ONLY_SANDBOX, SetupError, explain_system

PROGRAM = "python -m livechat_helpers"

DESCRIPTION = """\
Learn to build an on-page live chat, with a local Vonage to run it against.

Without a subcommand: set up what's missing, check, start the sandbox and the
website, and open JupyterLab on the first notebook. Ctrl-C stops all of it."""

SUBCOMMANDS = """\
subcommands:
  init        put the notebooks into your own folder
  doctor      set up and check, but start nothing
  test        set up what the tests need, and run all of them; pytest's
              arguments can follow
  sandbox     run the local Vonage alone (sandbox --help lists its options)
  website     run the website alone (website --help lists its options)
  matrix      run the chat's other engine, a Matrix server, alone; the first
              time it's installed (matrix --help lists its options)
  move        copy the sandbox's conversations to the Matrix server
  backup      copy settings, keys and chats while they're in use, or
              restore a copy
  reset       reset a notebook (reset 04) or everything, and keep copies
              of your own notebooks
  guide       write the instructor's guide (guide --help says where)
  answers     write the answer key, for instructors
  export      write the exercises as assignments for nbgrader or otter
  slides      make slides from a notebook
  room        see where your class is, and which mistake is most common
  site        build a website of the course
  normalise   make notebooks the same from run to run, before a commit
  translate   update a language's texts, and make its notebooks
  benchmark   measure how fast everything is (benchmark --help lists options)"""


_TESTED = (*environment.COURSE, "test", *(() if platforms.obstacle() else ("matrix",)))
"""The optional packages needed for tests and benchmarks."""


def console() -> int:
    """Run the command ``livechat``, and return its exit code."""
    return main(sys.argv[1:])


def main(argv: list[str]) -> int:
    """Run a subcommand and return the exit code.

    argv: the arguments after ``python -m livechat_helpers``.
    """
    _leave_quietly_when_told()
    if os.environ.get("LIVECHAT_HOME"):
        # Our processes run in other folders, where a relative path would differ.
        os.environ["LIVECHAT_HOME"] = str(places.home())
    command, rest = "", argv
    if argv and not argv[0].startswith("-"):
        command, *rest = argv
    if command not in _COMMANDS:
        print(
            f"There is no subcommand {command!r}: leave it out to start, or use "
            f"{', '.join(filter(None, _COMMANDS))}.",
            file=sys.stderr,
        )
        return 2
    try:
        return _COMMANDS[command](rest, argv)
    except SetupError as error:
        print(error, file=sys.stderr)
    except OSError as error:
        print(explain_system(error), file=sys.stderr)
    return 1


def _start(rest: list[str], argv: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog=PROGRAM,
        usage="%(prog)s [--no-browser] [--port N] [subcommand ...]",
        description=DESCRIPTION,
        epilog=SUBCOMMANDS,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "--no-browser",
        action="store_true",
        help="print links instead of opening a browser",
    )
    parser.add_argument(
        "--port", type=_port, help="JupyterLab's port (8888, or the next free one)"
    )
    options = parser.parse_args(rest)
    _go_on_in_environment(argv, environment.COURSE)
    from . import start
    from .npm_packages import browser_sdk

    if not (places.notebooks_dir() / places.notebooks()[0].name).exists():
        raise SetupError(*NO_FOLDER)
    browser_sdk.ensure()
    pristine.keep([*places.notebooks(), *places.translated_notebooks()])
    return start.main(options.port, open_browser=not options.no_browser)


def _init(rest: list[str], argv: list[str]) -> int:
    parser = argparse.ArgumentParser(
        prog=f"{PROGRAM} init",
        description="Put the course's notebooks into your own folder, to work there. "
        "Files that are already in it don't change.",
    )
    parser.add_argument("folder", type=Path, help="created if it doesn't exist")
    folder = parser.parse_args(rest).folder.resolve()
    new = course_folder.fill(folder)
    print(f"OK    {folder}: new: {new} of {len(places.notebooks())} notebooks")
    print(f"      Settings and data: {places.home()}")
    print("      Next: run livechat to open JupyterLab, or use another Jupyter.")
    return 0


def _doctor(rest: list[str], argv: list[str]) -> int:
    argparse.ArgumentParser(
        prog=f"{PROGRAM} doctor", description="Set up and check, but start nothing."
    ).parse_args(rest)
    _go_on_in_environment(argv, environment.COURSE)
    from . import doctor
    from .npm_packages import browser_sdk

    browser_sdk.ensure()
    pristine.keep([*places.notebooks(), *places.translated_notebooks()])
    return doctor.main()


def _test(rest: list[str], argv: list[str]) -> int:
    if rest in (["-h"], ["--help"]):
        print(
            f"usage: {PROGRAM} test [pytest arguments]\n\n"
            "Set up what the tests need, including browsers, and run pytest with the\n"
            "given arguments. Without arguments, all tests run in parallel. The\n"
            "format and lint checks and the type checker run at the same time."
        )
        return 0
    _go_on_in_environment(argv, _TESTED)
    from . import run_tests
    from .npm_packages import browser_sdk, prose_linter, test_clients

    for packages in (browser_sdk, test_clients, prose_linter):
        packages.ensure()
    return run_tests.main(rest)


def _matrix(rest: list[str], argv: list[str]) -> int:
    if why := platforms.obstacle():
        raise SetupError("Matrix", *why)
    if note := platforms.caution():
        say(note)
    _go_on_in_environment(argv, (*environment.COURSE, "matrix"))
    return import_module("livechat_helpers.matrix.command_line").main(rest)


def _pass_on(
    module: str,
    *,
    extras: tuple[str, ...] = environment.COURSE,
    also: tuple[str, ...] = (),
    sdk: bool = False,
) -> Callable[[list[str], list[str]], int]:
    """Return a subcommand that calls another module's ``main``.

    module: the module's name.
    extras: the optional packages that it needs.
    also: further optional packages, which it doesn't need for printing its help.
    sdk: whether it needs the browser SDK, except for printing its help.
    """

    def command(rest: list[str], argv: list[str]) -> int:
        at_work = not {"-h", "--help"} & {*rest}
        _go_on_in_environment(argv, (*extras, *also) if at_work else extras)
        if sdk and at_work:
            from .npm_packages import browser_sdk

            browser_sdk.ensure()
        return import_module(module).main(rest)

    return command


_COMMANDS: dict[str, Callable[[list[str], list[str]], int]] = {
    "": _start,
    "init": _init,
    "doctor": _doctor,
    "test": _test,
    "sandbox": _pass_on("livechat_helpers.sandbox.command_line", extras=()),
    "website": _pass_on("livechat_helpers.website.__main__", sdk=True),
    "matrix": _matrix,
    "move": _pass_on("livechat_helpers.moving_house"),
    "backup": _pass_on("livechat_helpers.online.backup"),
    "reset": _pass_on("livechat_helpers.lessons.reset"),
    "guide": _pass_on("livechat_helpers.classroom.guide"),
    "answers": _pass_on("livechat_helpers.classroom.answer_key"),
    "export": _pass_on("livechat_helpers.classroom.export"),
    "slides": _pass_on("livechat_helpers.classroom.slides"),
    "room": _pass_on("livechat_helpers.classroom.room.command_line"),
    "site": _pass_on("livechat_helpers.classroom.site", also=("site",)),
    "normalise": _pass_on("livechat_helpers.notebook_outputs"),
    "translate": _pass_on("livechat_helpers.translation"),
    "benchmark": _pass_on(
        "livechat_helpers.benchmarks.__main__",
        extras=_TESTED,
        sdk=True,
    ),
}


def _port(text: str) -> int:
    port = int(text)
    if not 0 < port < 65536:
        raise argparse.ArgumentTypeError(f"{port} is not a port (1 to 65535)")
    return port


def _go_on_in_environment(argv: list[str], extras: tuple[str, ...]) -> None:
    """Make sure the packages are installed, and continue with the Python that has them.

    argv: this process's arguments.
    extras: the optional packages that are needed too.

    Raises:
        SetupError: they can't be installed, or only the sandbox is installed here.
    """
    if not places.is_clone():  # An installed kit came with its packages.
        if extras and environment.missing(extras):
            raise SetupError(*ONLY_SANDBOX)
        return
    python = environment.ensure(extras)
    if python == Path(sys.executable):
        return
    command = [str(python), "-m", "livechat_helpers", *argv]
    variables = {
        **os.environ,
        **environment.activated(python),
        # Other folders in it would take precedence over the environment's packages.
        "PYTHONPATH": str(places.ROOT),
    }
    if sys.platform != "win32":
        os.execve(python, command, variables)  # noqa: S606
    signal.signal(signal.SIGINT, lambda *_: None)  # The child gets Ctrl-C directly.
    sys.exit(subprocess.call(command, env=variables))


def _leave_quietly_when_told() -> None:
    """On Ctrl-C, SIGTERM or a closed terminal, exit cleanly without a traceback."""

    def leave(number: int, frame: FrameType | None) -> None:
        sys.exit(128 + number)

    for name in ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK"):
        number = getattr(signal, name, None)
        # If the parent ignores a signal, as nohup does, keep ignoring it.
        if number is not None and signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, leave)
