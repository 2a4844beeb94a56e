"""The default folder for the sandbox's state.

In a clone, it only needs the standard library, because the set-up needs it first.
"""

import os
from pathlib import Path

_ROOT = Path(__file__).resolve().parents[3]


def default_folder() -> Path:
    """Return the folder: ``.data/sandbox`` in the clone or in ``LIVECHAT_HOME``.

    Without a clone, or if the clone isn't writable because many people share it, it's a
    folder in the user's data directory, wherever the system keeps that.
    """
    home = os.environ.get("LIVECHAT_HOME")
    is_own = (_ROOT / "pyproject.toml").is_file() and os.access(_ROOT, os.W_OK)
    if home or is_own:
        return Path(home or _ROOT).expanduser().resolve() / ".data" / "sandbox"
    import platformdirs  # In a clone, the set-up runs before this is installed.

    return platformdirs.user_data_path("vonage-sandbox", appauthor=False)
