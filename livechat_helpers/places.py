"""Where the kit keeps its files. Standard library only: the set-up needs it first.

In a clone, notebooks and web pages are at its top; in a wheel they're in the package,
in the folder ``shipped``.
"""

import os
from pathlib import Path

from .sandbox.machine.folder import default_folder

_PACKAGE = Path(__file__).resolve().parent
ROOT = _PACKAGE.parent
"""The clone: pyproject.toml, notebooks, web. Installed from a wheel there's none."""

_SDK = "node_modules/@vonage/client-sdk/dist/vonageClientSDK.min.mjs"


def is_clone() -> bool:
    """Return whether this package is part of a clone rather than installed."""
    return (ROOT / "pyproject.toml").is_file()


def shipped() -> Path:
    """Return the folder that holds the original ``notebooks`` and ``web``."""
    inside = _PACKAGE / "shipped"
    return inside if inside.is_dir() else ROOT


def web() -> Path:
    """Return the folder of the web pages."""
    return shipped() / "web"


def sdk_folder() -> Path:
    """Return the folder in whose ``node_modules`` the browser's SDK is.

    In a clone it's the pages' own. Its licence lets no wheel carry it, so what is
    installed has it in the user's cache, fetched once for all environments.
    """
    if is_clone():
        return ROOT / "web"
    import platformdirs  # A clone's set-up runs before it's installed.

    return platformdirs.user_cache_path("livechat", appauthor=False) / "browser-sdk"


def sdk() -> Path:
    """Return the path of the browser's SDK, which may not exist yet."""
    return sdk_folder() / _SDK


def notebooks() -> list[Path]:
    """Return the course's original numbered notebooks, in order."""
    return sorted((shipped() / "notebooks").glob("[0-9][0-9]_*.ipynb"))


def translated_notebooks() -> list[Path]:
    """Return the original numbered notebooks in languages other than English."""
    return sorted((shipped() / "notebooks").glob("[a-z][a-z]/[0-9][0-9]_*.ipynb"))


def notebook_folder(language: str = "en") -> Path:
    """Return where the learner's notebooks are in a language, such as ``de``."""
    return notebooks_dir() if language == "en" else notebooks_dir() / language


def notebooks_dir() -> Path:
    """Return the folder of the learner's notebooks.

    It's the clone's, unless ``livechat init`` has put them into another one.
    """
    try:
        return Path(course_note().read_text("utf-8").strip())
    except OSError:
        return ROOT / "notebooks" if shipped() == ROOT else Path.cwd()


def course_note() -> Path:
    """Return the file that says where ``livechat init`` has put the notebooks."""
    return data_dir() / "course-folder.txt"


def home() -> Path:
    """Return the folder of the learner's own files: ``.env`` and ``.data``.

    It is the clone, unless the variable LIVECHAT_HOME names another folder, as
    tests and classrooms do. Where many share a kit that they can't write, each has a
    folder among their own data.
    """
    if named := os.environ.get("LIVECHAT_HOME"):
        return Path(named).resolve()
    if is_clone() and os.access(ROOT, os.W_OK):
        return ROOT
    import platformdirs  # A clone's set-up runs before it's installed.

    return platformdirs.user_data_path("livechat", appauthor=False)


def env_file() -> Path:
    """Return the path of the settings file."""
    return home() / ".env"


def data_dir() -> Path:
    """Return the folder of private keys and other generated files."""
    return home() / ".data"


def sandbox_dir() -> Path:
    """Return the folder in which the sandbox keeps its state."""
    return default_folder()


def matrix_dir() -> Path:
    """Return the folder in which Synapse, and the website on it, keep their state."""
    return data_dir() / "matrix"


def my_chat_dir() -> Path:
    """Return the folder of the learner's own chat, a package called ``my_chat``.

    It is beside the notebooks, so that they import from it; in a home of its own, it
    is there.
    """
    parent = ROOT / "notebooks" if home() == ROOT else home()
    return parent / "my_chat"
