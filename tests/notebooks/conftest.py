"""A separate home for running notebooks, full of secrets that nobody may see."""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt import algorithms

from livechat_helpers import places, services
from livechat_helpers.lessons import reset
from livechat_helpers.private_files import keep_private

from .play import Played, play

CANARY = "canary-0123456789-abcdefghijklmnopqrstuvwxyz"
"""A word in every secret that can be chosen. No output may contain it."""


@dataclass(frozen=True)
class Stand:
    """A home with a running sandbox and website."""

    home: Path

    def empty(self) -> None:
        """Reset the home to that of a new learner."""
        reset.take_back_everything()

    def secrets(self) -> list[str]:
        """Return the current secrets: lines of keys, passwords."""
        files = [
            *self.home.rglob("*.key"),
            *self.home.rglob("*-key.pem"),
            *self.home.rglob("agent-password"),
        ]
        found = [line for file in files for line in file.read_text().splitlines()]
        return [CANARY, *(line for line in found if is_secret(line))]


def is_secret(line: str) -> bool:
    """Return whether a line of a key file is secret."""
    return len(line) > 16 and not line.startswith("-----")


@pytest.fixture(scope="session")
def _home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    home = tmp_path_factory.mktemp("course-home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIVECHAT_HOME", str(home))
        folder = places.sandbox_dir()
        secrets = {"api_key": "abcd1234", "api_secret": CANARY}
        secrets["signature_secret"] = CANARY
        keep_private(folder / "account.json", json.dumps(secrets).encode())
        keep_private(places.env_file(), f"AGENT_PASSWORD={CANARY}\n".encode())
        with services.running_on(folder):
            patch.undo()
            yield home


@pytest.fixture
def stand(_home: Path, monkeypatch: pytest.MonkeyPatch) -> Stand:
    """A home with a running sandbox and website, as earlier tests left it."""
    monkeypatch.setenv("LIVECHAT_HOME", str(_home))
    # PyJWT reads a key again for each token, which takes longer than everything else.
    monkeypatch.setattr(algorithms, "load_pem_private_key", _read_key)
    return Stand(_home)


_read_key = cache(load_pem_private_key)


@pytest.fixture(scope="session")
def _plays() -> dict[Path, Played]:
    return {}


@pytest.fixture
def played(stand: Stand, _plays: dict[Path, Played]) -> Callable[[Path], Played]:
    """Return a notebook's results. It's played once, in a home without chats."""

    def once(path: Path) -> Played:
        if path not in _plays:
            # Otherwise, a pane would read hundreds of chats from other notebooks.
            stand.empty()
            _plays[path] = play(path)
        return _plays[path]

    return once
