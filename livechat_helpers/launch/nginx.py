"""An nginx for the proxy tests: the system's, or one installed from Debian."""

import os
import shutil
import sys
from pathlib import Path

from . import debian
from .programs import found_or_fetched

VARIABLE = "LIVECHAT_NGINX"
"""The variable with nginx's path, for the tests; you can set it yourself."""

_PATH = f"{os.defpath}:/usr/sbin:/usr/local/sbin"


def ensure() -> Path | None:
    """Return nginx's path, after installing it if necessary.

    Return None on systems that the recipe doesn't support.

    Raises:
        SetupError: there is no nginx, and it can't be installed.
    """
    if sys.platform != "linux":
        return None
    return found_or_fetched(
        find,
        lambda: debian.install("nginx", "nginx"),
        what="nginx",
        names="nginx",
        advice="Install nginx (on Debian: apt-get install nginx), or name its program "
        f"in the variable {VARIABLE}",
    )


def find() -> Path | None:
    """Return nginx's path, or None if there isn't one."""
    if named := os.environ.get(VARIABLE):
        return Path(named)
    path = os.environ.get("PATH", "")
    # The folders of system services aren't on everybody's path.
    found = shutil.which("nginx", path=f"{path}{os.pathsep}{_PATH}")
    return Path(found) if found else None
