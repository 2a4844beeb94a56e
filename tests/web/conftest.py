"""A real browser, a real website, a real sandbox: each test goes through all three."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import headless
import pytest
from people import PATIENCE, Kit, Visitor
from playwright.sync_api import Browser, BrowserContext


@pytest.fixture(scope="session")
def kit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Kit]:
    """One sandbox and one website for all tests that don't break them."""
    running = Kit(tmp_path_factory.mktemp("kit"))
    yield running
    running.stop()


@pytest.fixture(scope="session")
def kit_on(
    kit: Kit, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[str], Kit]]:
    """Runs the kit on an engine, ``sandbox`` or ``matrix``."""
    running = {"sandbox": kit}

    def kit_on(engine: str) -> Kit:
        if engine not in running:
            running[engine] = Kit(tmp_path_factory.mktemp(engine), engine)
        return running[engine]

    yield kit_on
    if "matrix" in running:
        running["matrix"].stop()


@pytest.fixture
def own_kit(tmp_path: Path) -> Iterator[Kit]:
    """A sandbox and a website for one test, which can kill them."""
    running = Kit(tmp_path)
    yield running
    running.stop()


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """A Chromium."""
    with headless.chromium() as launched:
        yield launched


@pytest.fixture
def context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes browser contexts. Each is a person with separate cookies."""
    made: list[BrowserContext] = []

    def make(**options: Any) -> BrowserContext:
        new = browser.new_context(
            **{"viewport": {"width": 1280, "height": 800}, **options}
        )
        new.set_default_timeout(PATIENCE)
        made.append(new)
        return new

    yield make
    for each in made:
        each.close()


@pytest.fixture
def visitor(kit: Kit, context: Callable[..., BrowserContext]) -> Iterator[Visitor]:
    """A visitor who has just opened the page; no script on it may fail."""
    new = Visitor(context(), kit.url)
    yield new
    assert new.errors == []
