"""Keep committed notebooks the same from run to run.

Each run of a notebook produces new ids, times and ports, so a hundred lines change
without saying anything new. This module replaces such values with fixed ones, and
removes what no reader needs: widget state, timings, the Python version.

Ids are numbered in order of appearance, so equal ids stay equal and different ids stay
different.
"""

import argparse
import json
import os
import re
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from . import places

Json = dict[str, Any]

# nbval replaces the same four patterns before it compares: see
# tests/notebooks/sanitize.cfg.
PATTERNS = {
    "id": r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    "time": r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z",
    # The second alternative matches a port in Mermaid, which escapes the colon.
    "port": r"(?:(?<=127\.0\.0\.1:)|(?<=127\.0\.0\.1#58;))\d+",
    # The second alternative matches a pane's list, which also shows earlier visitors.
    "visitor": r"\b[a-z]+-[a-z]+-[0-9a-f]{4}\b|(?<=<!--chats-->).*(?=<!--end-->)",
}
_STANDS_FOR: dict[str, Callable[[int], str]] = {
    "id": lambda number: f"00000000-0000-4000-8000-{number:012d}",
    "time": lambda number: "2026-01-01T12:00:00.000Z",
    # In some places Mermaid has escaped the colon in front of the port.
    "port": lambda number: "8000",
    "visitor": lambda number: f"quiet-otter-{number:04x}",
}
_LONGEST_CELL = 60  # seconds
_WIDGET = "application/vnd.jupyter.widget-view+json"


def normalise(notebook: Json) -> Json:
    """Return a copy of a notebook without what differs from run to run.

    notebook: the JSON of an .ipynb file.
    """
    result = json.loads(json.dumps(notebook))
    result["metadata"].pop("widgets", None)
    result["metadata"].get("language_info", {}).pop("version", None)
    stand_ins = _StandIns()
    for cell in result["cells"]:
        cell["metadata"].pop("execution", None)
        if "outputs" in cell:
            cell["outputs"] = _joined(cell["outputs"])
        for output in cell.get("outputs", []):
            if "data" in output:
                output["data"].pop(_WIDGET, None)
            if output["output_type"] == "error":
                # A traceback is full of this machine's paths.
                output["traceback"] = [f"{output['ename']}: {output['evalue']}"]
            for key in ("text", "data", "evalue", "traceback"):
                if key in output:
                    output[key] = stand_ins.replace_in(output[key])
    return result


def _joined(outputs: list[Json]) -> list[Json]:
    """Merge consecutive prints: how many pieces they arrive in is random."""
    result: list[Json] = []
    for output in outputs:
        before = result[-1] if result else {}
        if output.get("name") and output["name"] == before.get("name"):
            text = "".join([*before["text"], *output["text"]])
            before["text"] = text.splitlines(keepends=True)
        else:
            result.append(output)
    return result


class _StandIns:
    """Replacements for the values of one run."""

    def __init__(self) -> None:
        self._numbers: dict[str, dict[str, int]] = {name: {} for name in PATTERNS}

    def replace_in(self, value: Any) -> Any:
        """Return the text, or nested lists and dictionaries of text, with stand-ins."""
        if isinstance(value, str):
            for name, pattern in PATTERNS.items():
                value = re.sub(pattern, self._stand_in(name), value)
            return value
        if isinstance(value, list):
            return [self.replace_in(each) for each in value]
        if isinstance(value, dict):
            return {key: self.replace_in(each) for key, each in value.items()}
        return value

    def _stand_in(self, name: str) -> Callable[[re.Match[str]], str]:
        numbers = self._numbers[name]

        def replace(match: re.Match[str]) -> str:
            number = numbers.setdefault(match[0], len(numbers) + 1)
            return _STANDS_FOR[name](number)

        return replace


def run(notebook: Json) -> Json:
    """Run every cell of a notebook and return the result, normalised.

    Raises: like ``execute``.
    """
    return normalise(execute(notebook))


def execute(notebook: Json) -> Json:
    """Run every cell of a notebook and return the result, including the times.

    Raises:
        nbclient.exceptions.CellExecutionError: a cell failed that doesn't have the tag
            ``raises-exception``.
    """
    import nbformat  # These packages load slowly, and few callers need them.
    from nbclient import NotebookClient

    made = nbformat.reads(json.dumps(notebook), as_version=4)
    NotebookClient(
        made,
        timeout=_LONGEST_CELL,
        kernel_name="python3",
        resources={"metadata": {"path": str(places.notebook_folder())}},
    ).execute()
    return json.loads(nbformat.writes(made))


def to_text(notebook: Json) -> str:
    """Return the text of a notebook's file."""
    return json.dumps(notebook, indent=1, ensure_ascii=False) + "\n"


def main(argv: list[str]) -> int:
    """Normalise notebooks, or check that they are, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m livechat_helpers normalise",
        description="Make notebooks' outputs the same from run to run.",
    )
    parser.add_argument("notebook", nargs="*", type=Path, help="default: all of them")
    parser.add_argument(
        "--check", action="store_true", help="change nothing, but fail if one differs"
    )
    parser.add_argument(
        "--run",
        action="store_true",
        help="run them first, in a temporary home",
    )
    options = parser.parse_args(argv)
    with fresh_home() if options.run else nullcontext():
        return _go_through(options)


def _go_through(options: argparse.Namespace) -> int:
    change = run if options.run else normalise
    changed = 0
    for path in options.notebook or _all_notebooks():
        try:
            before = path.read_text(encoding="utf-8")
            after = to_text(change(json.loads(before)))
        except (OSError, ValueError, KeyError, TypeError) as error:
            print(f"{path} cannot be read as a notebook: {error}", file=sys.stderr)
            return 1
        if after != before:
            changed += 1
            print(f"{path.name} {'differs' if options.check else 'normalised'}")
            if not options.check:
                path.write_text(after, encoding="utf-8", newline="\n")
    return 1 if options.check and changed else 0


def _all_notebooks() -> list[Path]:
    """Return every notebook in every language."""
    folder = places.notebook_folder()
    return [*sorted(folder.glob("*.ipynb")), *sorted(folder.glob("??/*.ipynb"))]


@contextmanager
def fresh_home() -> Iterator[None]:
    """Work with temporary settings and data, so that the user's own aren't touched."""
    from . import services

    # A kernel that has just been stopped may still write there.
    temporary = TemporaryDirectory(prefix="livechat-home-", ignore_cleanup_errors=True)
    with temporary as home:
        os.environ["LIVECHAT_HOME"] = home
        with services.running_on(places.sandbox_dir()):
            yield
