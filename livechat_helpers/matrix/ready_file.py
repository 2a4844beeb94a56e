"""The file in which our running Synapse keeps its address and secrets."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ..plain_errors import PlainError
from ..sandbox.machine.ready_file import Secret

INFO_FILE = "matrix.json"
SERVER = "livechat.local"
"""The server's name, which is part of every id. It isn't a host name."""
APPLICATION = f"@livechat:{SERVER}"
"""The user that the application acts as."""
VISITOR = "visitor-"
"""The prefix of a visitor's user name."""
NOT_RUNNING = "Synapse is not running.\nStart it: python -m livechat_helpers matrix"


class NotRunning(PlainError):
    """No Synapse can be reached; the text says what to do."""


@dataclass(frozen=True)
class MatrixInfo:
    """The address of a running Synapse, and the secrets of our application service.

    url: its address, without a final slash.
    as_token: lets us act for the application and its users.
    hs_token: sent by Synapse when it calls us.
    """

    url: str
    as_token: Secret
    hs_token: Secret

    @classmethod
    def read(cls, ready: dict[str, Any]) -> "MatrixInfo":
        """Read a Synapse's details from its ready line or its ready file.

        ready: the JSON object, which is the same in both.

        Raises:
            ValueError: it doesn't come from a Synapse.
        """
        try:
            url, ours, theirs = (ready[name] for name in ("url", *_SECRETS))
        except (KeyError, TypeError) as error:
            raise ValueError("this isn't Synapse's ready line") from error
        return cls(url, Secret(ours), Secret(theirs))


_SECRETS = ("as_token", "hs_token")


def running_matrix(folder: Path) -> MatrixInfo:
    """Return the details that a running Synapse's start wrote into its folder.

    folder: the folder with its state.

    Raises:
        NotRunning: no Synapse is running there.
    """
    try:
        return MatrixInfo.read(json.loads((folder / INFO_FILE).read_bytes()))
    except (OSError, ValueError) as error:
        raise NotRunning(NOT_RUNNING) from error
