"""An nginx for the tests of the proxy: the system's, or Debian's, which is fetched."""

import os
import shutil
import sys
from pathlib import Path

from . import debian
from .programs import found_or_fetched

VARIABLE = "LIVECHAT_NGINX"
"""The variable that tells the tests where nginx is; you may set it yourself."""

_PATH = f"{os.defpath}:/usr/sbin:/usr/local/sbin"


def ensure() -> Path | None:
    """Return nginx's program, after getting one if there isn't one.

    None on systems that the recipe isn't for.

    Raises:
        SetupError: there isn't one, and it can't be installed.
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
    """Return nginx's program, or None if there isn't one."""
    if named := os.environ.get(VARIABLE):
        return Path(named)
    path = os.environ.get("PATH", "")
    # Where a system's services are isn't on everybody's path.
    found = shutil.which("nginx", path=f"{path}{os.pathsep}{_PATH}")
    return Path(found) if found else None
