"""One running sandbox and website for the tests of a class."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from livechat_helpers import places, services


@pytest.fixture(scope="package")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A home with a running sandbox and website."""
    home = tmp_path_factory.mktemp("home")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LIVECHAT_HOME", str(home))
        with services.running_on(places.sandbox_dir()):
            yield home
