"""The course's texts in languages other than English.

``words/de/00.po`` contains every text of notebook 00, from the notebook itself and from
its lesson. ``words/de/messages.po`` contains the messages that all lessons share. A
translation is looked up by the English text. So if the English text changes, it's shown
in English until somebody has checked the translation.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

FOLDER = Path(__file__).with_name("words")
ENGLISH = "en"

_HEADER = "# Translate here; python -m livechat_helpers translate keeps it up to date."


def path_of(language: str, name: str) -> Path:
    """Return the file with the translations of a notebook, or of the messages.

    language: such as ``de``.
    name: ``00``, or ``messages``.
    """
    return FOLDER / language / f"{name}.po"


def languages_of(name: str) -> list[str]:
    """Return the languages of a notebook's catalogues. name: such as ``00``."""
    return sorted(path.parent.name for path in FOLDER.glob(f"*/{name}.po"))


def read(language: str, name: str) -> Catalog:
    """Return a catalogue, which is empty if there's no such file.

    language, name: as for ``path_of``.
    """
    from babel.messages.catalog import Catalog  # These packages load slowly,
    from babel.messages.pofile import read_po  # and English doesn't need them.

    try:
        with path_of(language, name).open("rb") as file:
            return read_po(file, locale=language)
    except FileNotFoundError:
        return Catalog(language, fuzzy=False, header_comment=_HEADER)


@cache
def translations(language: str, name: str) -> Mapping[str, str]:
    """Return a dictionary from English texts to finished translations.

    language, name: as for ``path_of``.
    """
    if not path_of(language, name).exists():
        return {}
    return {
        str(one.id): str(one.string)
        for one in read(language, name)
        if one.id and one.string and not one.fuzzy
    }
