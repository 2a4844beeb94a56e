"""``python -m livechat_helpers site``: the course as a website to read.

=====================  ==========================================================
``sources``            the notebooks, guide and reference pages, ready for Sphinx
``conf``               Sphinx's settings
``static``             a style for narrow screens
=====================  ==========================================================

The pages show the notebooks' committed outputs; nothing is run. A warning, such as a
link that leads nowhere, fails the build.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from . import sources


def build(folder: Path) -> int:
    """Build the website and return Sphinx's exit code.

    folder: where the pages go; ``index.html`` is the first.

    Raises:
        OSError: it can't be written.
    """
    with tempfile.TemporaryDirectory() as prepared:
        sources.write(Path(prepared))
        settings = Path(__file__).parent
        options = ["--quiet", "--fail-on-warning", "--keep-going", "-b", "html"]
        command = [sys.executable, "-m", "sphinx", *options, "-c", settings, prepared]
        return subprocess.run([*command, folder]).returncode


def main(argv: list[str]) -> int:
    """Build the website, say where it is, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m livechat_helpers site",
        description="Build a website of the notebooks, the instructor's guide and the "
        "sandbox's pages. It takes about a minute.",
    )
    parser.add_argument("folder", type=Path, help="where the pages go")
    folder = parser.parse_args(argv).folder
    code = build(folder)
    if code == 0:
        print(f"Open {folder / 'index.html'}")
    return code
