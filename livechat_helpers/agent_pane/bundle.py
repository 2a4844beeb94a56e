"""Bundle the view's modules: a widget reaches the browser as a single script.

The modules of ``view/`` are plain ES modules, as a browser or Node loads them. This
puts each after those that it imports, and takes the words ``import`` and ``export``
away. So no name at the top of one module may be at the top of another.
"""

import re
from pathlib import Path

FOLDER = Path(__file__).parent / "view"
"""Where the modules are; ``main.js`` is the one that imports the others."""

_IMPORT = re.compile(r'^import \{[^}]*\} from "\./([\w-]+\.js)";\n', re.MULTILINE)
_EXPORT = re.compile(r"^export (?!default)", re.MULTILINE)


def styles() -> str:
    """Return the view's styles."""
    return (FOLDER / "pane.css").read_text(encoding="utf-8")


def joined(folder: Path = FOLDER, first: str = "main.js") -> str:
    """Return a module and everything it imports as one.

    folder: where they are. first: the one whose default export is the widget.
    """
    parts: dict[str, str] = {}

    def add(name: str) -> None:
        if name not in parts:
            parts[name] = ""  # a module that imports itself by a detour ends here
            source = (folder / name).read_text(encoding="utf-8")
            for imported in _IMPORT.findall(source):
                add(imported)
            del parts[name]
            parts[name] = _EXPORT.sub("", _IMPORT.sub("", source)).strip()

    add(first)
    return "\n\n".join(f"// {name}\n{text}" for name, text in parts.items()) + "\n"
