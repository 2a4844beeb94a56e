"""Break the kit on purpose, one line at a time, and check that its tests notice.

``python -m tests.breaks`` copies the clone, makes each break of ``breaks.toml`` in the
copy, and runs the tests named there: at least one of them has to fail. It prints a line
for each break and the score, and its exit code is 1 if a break survived.
"""

import argparse
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from dataclasses import dataclass
from pathlib import Path

from livechat_helpers import places

LIST = Path(__file__).with_suffix(".toml")
PATIENCE = 300
"""The seconds that one break's tests can take. Some breaks make a test wait."""


@dataclass(frozen=True)
class Break:
    """One break.

    what: what happens to the kit, in a sentence. file: the file to change. old, new:
    the text to replace, which must occur once, and its replacement. tests: arguments
    for pytest.
    """

    what: str
    file: str
    old: str
    new: str
    tests: list[str]


def load() -> list[Break]:
    """Return the breaks of the list."""
    return [Break(**one) for one in tomllib.loads(LIST.read_text())["break"]]


def is_noticed(one: Break, clone: Path) -> bool:
    """Return whether a test fails in a clone with this break.

    Raises:
        ValueError: the text to replace isn't there, or is there more than once.
        RuntimeError: the tests couldn't be run.
    """
    file = clone / one.file
    whole = file.read_text(encoding="utf-8")
    if whole.count(one.old) != 1:
        raise ValueError(f"{one.file} holds {whole.count(one.old)} times {one.old!r}")
    file.write_text(whole.replace(one.old, one.new), encoding="utf-8")
    try:
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-x", "-q", "-n", "0", *one.tests],
            cwd=clone,
            env={**os.environ, "PYTHONPATH": str(clone)},
            capture_output=True,
            text=True,
            timeout=PATIENCE,
        )
    except subprocess.TimeoutExpired:
        return True
    finally:
        file.write_text(whole, encoding="utf-8")
    if done.returncode not in (0, 1):
        raise RuntimeError(done.stdout + done.stderr)
    return done.returncode == 1


def main() -> int:
    """Make the breaks one after the other; return the process's exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.breaks", description=__doc__)
    parser.add_argument("--only", help="those whose description holds this text")
    only = parser.parse_args().only or ""
    chosen = [one for one in load() if only in one.what]
    survived = 0
    with tempfile.TemporaryDirectory() as folder:
        clone = _copy(Path(folder, "clone"))
        for one in chosen:
            noticed = is_noticed(one, clone)
            survived += not noticed
            print(f"{'noticed ' if noticed else 'SURVIVED'}  {one.what}", flush=True)
    print(f"{len(chosen) - survived} of {len(chosen)} breaks were noticed.")
    return 1 if survived else 0


def _copy(clone: Path) -> Path:
    """Copy what git tracks, and link what the set-up installed."""
    listed = subprocess.check_output(["git", "ls-files"], cwd=places.ROOT, text=True)
    for name in listed.splitlines():
        (clone / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(places.ROOT / name, clone / name)
    for installed in places.ROOT.glob("**/node_modules"):
        if "node_modules" not in installed.parent.parts:
            (clone / installed.relative_to(places.ROOT)).symlink_to(installed)
    return clone


if __name__ == "__main__":
    sys.exit(main())
