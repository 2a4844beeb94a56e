"""What a running Synapse of ours wrote about itself: where it is, and its secrets."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..plain_errors import PlainError
from ..sandbox.machine.ready_file import Secret

INFO_FILE = "matrix.json"
SERVER = "livechat.local"
"""The server's name, a part of every id. It's no host name."""
APPLICATION = f"@livechat:{SERVER}"
"""The user as whom the application acts."""
VISITOR = "visitor-"
"""What the name of a visitor's user begins with."""
NOT_RUNNING = "Synapse is not running.\nStart it: python -m livechat_helpers matrix"


class NotRunning(PlainError):
    """There's no Synapse to talk to; the text says what to do."""


@dataclass(frozen=True)
class MatrixInfo:
    """Where a running Synapse listens, and the secrets of our application service.

    url: its address, without a slash at the end. as_token: lets us act for the
    application and its users. hs_token: what Synapse shows when it calls us.
    """

    url: str
    as_token: Secret
    hs_token: Secret

    @classmethod
    def read(cls, ready: dict[str, Any]) -> "MatrixInfo":
        """Return what the ready line says, or the file with the same content.

        ready: the JSON object.

        Raises:
            ValueError: it's not that of a Synapse.
        """
        try:
            url, ours, theirs = (ready[name] for name in ("url", *_SECRETS))
        except (KeyError, TypeError) as error:
            raise ValueError("this isn't what Synapse's start says") from error
        return cls(url, Secret(ours), Secret(theirs))


_SECRETS = ("as_token", "hs_token")


def running_matrix(folder: Path) -> MatrixInfo:
    """Return what the Synapse that runs on a folder wrote about itself.

    folder: where it keeps its state.

    Raises:
        NotRunning: none runs there.
    """
    try:
        return MatrixInfo.read(json.loads((folder / INFO_FILE).read_bytes()))
    except (OSError, ValueError) as error:
        raise NotRunning(NOT_RUNNING) from error
