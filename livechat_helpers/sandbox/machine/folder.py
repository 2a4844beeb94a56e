"""The default folder for the sandbox's state.

Standard library only where it lies in a clone: the set-up needs it first.
"""

import os
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[3]


def default_folder() -> Path:
    """Return that folder: ``.data/sandbox`` of the clone, or of ``LIVECHAT_HOME``.

    Outside a clone, and where the clone can't be written because many share it, it's a
    folder of the user's data, wherever the system has it.
    """
    home = os.environ.get("LIVECHAT_HOME")
    is_own = (_ROOT / "pyproject.toml").is_file() and os.access(_ROOT, os.W_OK)
    if home or is_own:
        return Path(home or _ROOT).resolve() / ".data" / "sandbox"
    import platformdirs  # A clone's set-up runs before it's installed.

    return platformdirs.user_data_path("vonage-sandbox", appauthor=False)
