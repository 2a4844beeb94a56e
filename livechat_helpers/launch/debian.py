"""Install a Debian package, if this is Debian."""

import os
import platform
import shutil
import sys

from livechat_helpers import places

from . import long_steps


def install(name: str, package: str) -> None:
    """Install a package if this is Debian and we are root; otherwise do nothing.

    name: the name to show while it's being installed.
    package: the package's name.

    Raises:
        StepError: apt-get failed.
    """
    if sys.platform != "linux" or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    # Ubuntu's browser packages are empty ones that refer to a snap.
    if platform.freedesktop_os_release().get("ID") != "debian":
        return
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    for step, *arguments in (
        (f"Looking up {name}", "update"),
        (f"Installing {name}", "install", "-y", "--no-install-recommends", package),
    ):
        long_steps.run(step, ["apt-get", *arguments], cwd=places.ROOT, env=quiet)
