"""``python -m livechat_helpers site``: the course as a website to read.

=====================  ==========================================================
``sources``            the notebooks, guide and reference pages, prepared for Sphinx
``conf``               Sphinx's settings
``static``             styles for narrow screens
=====================  ==========================================================

The pages show the notebooks' committed outputs; nothing is run. Any warning, such as a
broken link, fails the build.
"""

import argparse
import subprocess
import sys
import tempfile
from pathlib import Path

from . import sources


def build(folder: Path) -> int:
    """Build the website and return Sphinx's exit code.

    folder: the folder for the pages; the first one is ``index.html``.

    Raises:
        OSError: the folder can't be written.
    """
    with tempfile.TemporaryDirectory() as prepared:
        sources.write(Path(prepared))
        settings = Path(__file__).parent
        options = ["--quiet", "--fail-on-warning", "--keep-going", "-b", "html"]
        command = [sys.executable, "-m", "sphinx", *options, "-c", settings, prepared]
        return subprocess.run([*command, folder]).returncode


def main(argv: list[str]) -> int:
    """Build the website, print its location, and return the exit code."""
    parser = argparse.ArgumentParser(
        prog="python -m livechat_helpers site",
        description="Build a website of the notebooks, the instructor's guide and the "
        "sandbox's pages. It takes about a minute.",
    )
    parser.add_argument("folder", type=Path, help="folder for the pages")
    folder = parser.parse_args(argv).folder
    code = build(folder)
    if code == 0:
        print(f"Open {folder / 'index.html'}")
    return code
