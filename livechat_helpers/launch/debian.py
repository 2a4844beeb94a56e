"""Install a Debian package, on systems that have them."""

import os
import platform
import shutil
import sys

from livechat_helpers import places

from . import long_steps


def install(name: str, package: str) -> None:
    """Install a package if this is Debian and we are root; elsewhere do nothing.

    name: what it's called while it's fetched. package: its name.

    Raises:
        StepError: apt-get failed.
    """
    if sys.platform != "linux" or os.geteuid() != 0 or not shutil.which("apt-get"):
        return
    # Ubuntu's packages of browsers are empty ones that point at a snap.
    if platform.freedesktop_os_release().get("ID") != "debian":
        return
    quiet = {"DEBIAN_FRONTEND": "noninteractive"}
    for step, *arguments in (
        (f"Looking up {name}", "update"),
        (f"Installing {name}", "install", "-y", "--no-install-recommends", package),
    ):
        long_steps.run(step, ["apt-get", *arguments], cwd=places.ROOT, env=quiet)
