"""Bundle the view's modules, because a widget reaches the browser as one script.

The modules in ``view/`` are plain ES modules, which a browser or Node can load. This
puts each module after those that it imports, and removes the words ``import`` and
``export``. So two modules can't use the same name at the top level.
"""

import re
from pathlib import Path

FOLDER = Path(__file__).parent / "view"
"""The folder with the modules; ``main.js`` imports the others."""

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([\w-]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)


def styles() -> str:
    """Return the view's styles."""
    return (FOLDER / "pane.css").read_text(encoding="utf-8")


def joined(folder: Path = FOLDER, first: str = "main.js") -> str:
    """Return a module and everything it imports as one script.

    folder: the folder with the modules.
    first: the module whose default export is the widget.
    """
    parts: dict[str, str] = {}

    def add(name: str) -> None:
        if name not in parts:
            parts[name] = ""  # This stops circular imports.
            source = (folder / name).read_text(encoding="utf-8")
            for imported in _IMPORT.findall(source):
                add(imported)
            del parts[name]
            parts[name] = _EXPORT.sub("", _IMPORT.sub("", source)).strip()

    add(first)
    return "\n\n".join(f"// {name}\n{text}" for name, text in parts.items()) + "\n"
