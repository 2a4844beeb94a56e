"""What a failed step means, and how to fix it."""

import errno
import re

from .long_steps import WIDTH, StepError


class SetupError(Exception):
    """The set-up can't continue.

    what: the part that failed, as in the checks.
    why: one sentence.
    mend: what to do about it.
    output: the last lines of the failed program's output.
    """

    def __init__(self, what: str, why: str, mend: str, output: str = "") -> None:
        super().__init__(f"{what}: {why}")
        self.what = what
        self.why = why
        self.mend = mend
        self.output = output

    def __str__(self) -> str:
        """Return the lines to show: the output, what's wrong, and what to do."""
        said = [f"      | {line[:WIDTH]}" for line in self.output.splitlines()[-8:]]
        return "\n".join(
            [*said, f"FAIL  {self.what}: {self.why}", f"      {self.mend}"]
        )


ONLY_SANDBOX = (
    "Course",
    "only the sandbox is installed here, and the course needs more packages.",
    "Install the kit with its extra, for example pip install '.[course]', or clone the "
    "repository and run this there. To run the sandbox alone, type vonage-sandbox.",
)

NO_FOLDER = (
    "Notebooks",
    "they aren't in your own folder yet.",
    "Put them into your own folder: livechat init FOLDER",
)

FULL_DISK = (
    "the disk is full.",
    "Free some space (2 GB is plenty), and run it again.",
)

# pip, uv, npm and each operating system have their own words for the same problem.
_NO_NETWORK = (
    "set-up needs the network once, and there isn't one.",
    "Connect (behind a proxy, set HTTPS_PROXY), and run it again: it continues "
    "where it stopped.",
)
_MEANINGS: list[tuple[str, tuple[str, str]]] = [
    (r"no space left on device|ENOSPC|not enough space|disk quota", FULL_DISK),
    (
        r"ensurepip is not available|no module named '?(venv|ensurepip)",
        (
            "this Python cannot make virtual environments.",
            "Install its venv package (on Debian and Ubuntu: "
            "apt install python3-venv), or install uv, and run it again.",
        ),
    ),
    (
        r"windows long path|ENAMETOOLONG|file ?name or extension is too long",
        (
            "a path is too long for Windows.",
            "Move this folder to a short path, such as C:\\chat, or enable long paths "
            "(search the web for LongPathsEnabled), and run it again.",
        ),
    ),
    (
        # This must come before the network, because uv and pip mention that as well.
        r"certificate verify failed|invalid peer certificate|UnknownIssuer"
        r"|self[- ]signed certificate|unable to get (local )?issuer certificate"
        r"|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_(VERIFY|GET_ISSUER)",
        (
            "something between here and the internet, such as your company's proxy, "
            "shows a certificate that isn't trusted here.",
            "Get its certificate authority's file, set SSL_CERT_FILE, PIP_CERT "
            "and NODE_EXTRA_CA_CERTS to its path, and run it again.",
        ),
    ),
    (
        r"failed to establish a new connection|NewConnectionError|name resolution"
        r"|name or service not known|getaddrinfo|max retries exceeded|ConnectTimeout"
        r"|ReadTimeout|ProxyError|network is unreachable|connection refused|ENOTFOUND"
        r"|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH|dns error"
        r"|error sending request|failed to fetch|connection reset|read timed out"
        r"|temporary failure (in name resolution|resolving)",
        _NO_NETWORK,
    ),
    (
        r"permission denied|EACCES|EPERM|access is denied",
        (
            "a file or folder isn't writable.",
            "Make sure you own this folder, close programs that use it, and run it "
            "again.",
        ),
    ),
]


def is_network(failed: StepError) -> bool:
    """Return whether a step failed because there's no network."""
    return _meaning(failed.output) is _NO_NETWORK


def explain(what: str, failed: StepError) -> SetupError:
    """Return the error to show for a failed step.

    what: the part that failed, as in the checks.
    failed: the step.
    """
    why, mend = _meaning(failed.output) or (
        f"{failed.step[0].lower()}{failed.step[1:]} failed; its last output is above.",
        "Fix what it names, and run it again: it continues where it stopped.",
    )
    return SetupError(what, why, mend, failed.output)


def explain_system(error: OSError) -> SetupError:
    """Return the error to show when the operating system rejects something."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return SetupError("Disk", *FULL_DISK)
    return SetupError(
        "Files",
        f"{error.strerror or error}{f' ({error.filename})' if error.filename else ''}.",
        "Fix that, and run it again.",
    )


def _meaning(output: str) -> tuple[str, str] | None:
    for pattern, meaning in _MEANINGS:
        if re.search(pattern, output, re.IGNORECASE):
            return meaning
    return None
