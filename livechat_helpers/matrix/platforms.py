"""Where Synapse runs. Standard library only: the set-up needs it first."""

import sys
import sysconfig

WINDOWS = (
    "Synapse, the Matrix server, doesn't run on Windows.",
    "Use WSL: wsl --install, then clone the repository there and run the same command. "
    "The sandbox runs on Windows as before: leave VONAGE_MODE out of .env.",
)
MUSL = (
    "there's no Synapse wheel for this Linux, whose C library is musl.",
    "Use a Linux with glibc, such as Debian or Ubuntu, in a container or WSL.",
)
MACOS = (
    "Note: on macOS you get Synapse 1.143, the last version with a wheel for it. Chats "
    "work the same; for a server that others reach, use Linux."
)


def obstacle() -> tuple[str, str] | None:
    """Return why Synapse can't run on this system, and what to do, or None."""
    if sys.platform == "win32":
        return WINDOWS
    if "musl" in str(sysconfig.get_config_var("HOST_GNU_TYPE")):
        return MUSL
    return None


def caution() -> str:
    """Return what users should know before installing Synapse on this system."""
    return MACOS if sys.platform == "darwin" else ""
