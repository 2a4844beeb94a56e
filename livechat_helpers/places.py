"""Where the kit keeps its files. Standard library only: the set-up needs it first.

In a clone, the notebooks and web pages are at the top. In a wheel, they're inside the
package, in the folder ``shipped``.
"""

import os
from pathlib import Path

from .sandbox.machine.folder import default_folder

_PACKAGE = Path(__file__).resolve().parent
ROOT = _PACKAGE.parent
"""The clone's folder: pyproject.toml, notebooks, web. A wheel doesn't have these."""

_SDK = "node_modules/@vonage/client-sdk/dist/vonageClientSDK.min.mjs"


def is_clone() -> bool:
    """Return whether this package runs from a clone rather than a wheel."""
    return (ROOT / "pyproject.toml").is_file()


def shipped() -> Path:
    """Return the folder that contains the original ``notebooks`` and ``web``."""
    inside = _PACKAGE / "shipped"
    return inside if inside.is_dir() else ROOT


def web() -> Path:
    """Return the folder with the web pages."""
    return shipped() / "web"


def sdk_folder() -> Path:
    """Return the folder whose ``node_modules`` contains the browser SDK.

    In a clone, that's the folder of the web pages. The SDK's licence doesn't allow us
    to ship it in a wheel, so a wheel downloads it into the user's cache, once for all
    environments.
    """
    if is_clone():
        return ROOT / "web"
    import platformdirs  # In a clone, the set-up runs before this is installed.

    return platformdirs.user_cache_path("livechat", appauthor=False) / "browser-sdk"


def sdk() -> Path:
    """Return the path of the browser SDK, which may not exist yet."""
    return sdk_folder() / _SDK


def notebooks() -> list[Path]:
    """Return the course's original numbered notebooks, in order."""
    return sorted((shipped() / "notebooks").glob("[0-9][0-9]_*.ipynb"))


def translated_notebooks() -> list[Path]:
    """Return the original numbered notebooks in all languages except English."""
    return sorted((shipped() / "notebooks").glob("[a-z][a-z]/[0-9][0-9]_*.ipynb"))


def notebook_folder(language: str = "en") -> Path:
    """Return the folder of the learner's notebooks in a language, such as ``de``."""
    return notebooks_dir() if language == "en" else notebooks_dir() / language


def notebooks_dir() -> Path:
    """Return the folder of the learner's notebooks.

    That's the clone's ``notebooks``, unless ``livechat init`` put them somewhere else.
    """
    try:
        return Path(course_note().read_text("utf-8").strip())
    except OSError:
        return ROOT / "notebooks" if shipped() == ROOT else Path.cwd()


def course_note() -> Path:
    """Return the file that records where ``livechat init`` put the notebooks."""
    return data_dir() / "course-folder.txt"


def home() -> Path:
    """Return the folder of the learner's own files: ``.env`` and ``.data``.

    That's the clone, unless the variable LIVECHAT_HOME names another folder, as it does
    in tests and classrooms. If the clone isn't writable because many people share it,
    each of them gets a folder in their own user data.
    """
    if named := os.environ.get("LIVECHAT_HOME"):
        return Path(named).expanduser().resolve()
    if is_clone() and os.access(ROOT, os.W_OK):
        return ROOT
    import platformdirs  # In a clone, the set-up runs before this is installed.

    return platformdirs.user_data_path("livechat", appauthor=False)


def env_file() -> Path:
    """Return the path of the settings file."""
    return home() / ".env"


def data_dir() -> Path:
    """Return the folder for private keys and other generated files."""
    return home() / ".data"


def sandbox_dir() -> Path:
    """Return the folder where the sandbox keeps its state."""
    return default_folder()


def matrix_dir() -> Path:
    """Return the folder where Synapse, and a website that uses it, keep their state."""
    return data_dir() / "matrix"


def my_chat_dir() -> Path:
    """Return the folder of the learner's own chat, a package called ``my_chat``.

    It's next to the notebooks, so that they can import from it. If LIVECHAT_HOME is
    set, it's in that folder.
    """
    parent = ROOT / "notebooks" if home() == ROOT else home()
    return parent / "my_chat"
