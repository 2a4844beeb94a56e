"""Where the kit keeps its files. Standard library only: the set-up needs it first."""

import os
from pathlib import Path

from .sandbox.machine.folder import default_folder

ROOT = Path(__file__).resolve().parent.parent
"""The clone: pyproject.toml, notebooks, web. Installed from a wheel there's none."""


def is_clone() -> bool:
    """Return whether this package lies in a clone, and not among installed ones."""
    return (ROOT / "pyproject.toml").is_file()


def notebook_folder(language: str = "en") -> Path:
    """Return where the course's notebooks are in a language, such as ``de``."""
    folder = ROOT / "notebooks"
    return folder if language == "en" else folder / language


def notebooks(language: str = "en") -> list[Path]:
    """Return the course's numbered notebooks in a language, in order."""
    return sorted(notebook_folder(language).glob("[0-9][0-9]_*.ipynb"))


def home() -> Path:
    """Return the folder of the learner's own files: ``.env`` and ``.data``.

    It is the clone, unless the variable LIVECHAT_HOME names another folder, as
    tests and classrooms do.
    """
    return Path(os.environ.get("LIVECHAT_HOME") or ROOT).resolve()


def env_file() -> Path:
    """Return the path of the settings file."""
    return home() / ".env"


def data_dir() -> Path:
    """Return the folder of private keys and everything else that is made here."""
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
