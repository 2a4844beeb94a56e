"""One machine for each engine, for all tests of the recipe that don't break it."""

import sys
from collections.abc import Iterator

import pytest
from engines import ENGINES

from .machine import Machine, running

if sys.platform != "linux":
    collect_ignore_glob = ["test_*.py"]  # the recipe is for Linux


@pytest.fixture(scope="package")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """The recipe, rehearsed on the sandbox."""
    with running(tmp_path_factory.mktemp("machine")) as machine:
        yield machine


# With every change, test_proxy checks on the sandbox what the engine needs.
ON = [pytest.param(ENGINES[0], marks=pytest.mark.weekly), *ENGINES[1:]]


@pytest.fixture(scope="module", params=ON)
def online(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Machine]:
    """The recipe on either engine."""
    with running(tmp_path_factory.mktemp("online"), request.param) as machine:
        yield machine
