"""One machine for all tests of the recipe that leave it well."""

import sys
from collections.abc import Iterator

import pytest

from .machine import Machine, running

if sys.platform == "win32":
    collect_ignore_glob = ["test_*.py"]  # nginx and systemd aren't there


@pytest.fixture(scope="package")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """The chat as the recipe puts it online."""
    with running(tmp_path_factory.mktemp("machine")) as machine:
        yield machine
