"""The same notebooks on the cloud, which here is a sandbox with the cloud's settings.

Notebooks reach it as they reach the cloud: through ``.env``, and without anything that
only the sandbox has. CI plays notebook 03, which calls the cloud, and 05, which the
cloud calls; ``-m weekly`` plays the others. ``test_cloud`` plays notebook 12.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from livechat_helpers.notebook_outputs import run
from livechat_helpers.settings import running_sandbox

from .conftest import Stand
from .course import NOTEBOOKS, code_cells, in_ci, read, source


@pytest.fixture
def learner(
    stand: Stand, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """The home of a learner who has only an account."""
    vonage = running_sandbox()
    settings = {
        "VONAGE_MODE": "cloud",
        "VONAGE_API_HOST": vonage.tls.removeprefix("https://"),
        "VONAGE_SDK_API_URL": vonage.http,
        "VONAGE_REALTIME_URL": vonage.http,
        "VONAGE_API_KEY": vonage.api_key,
        "VONAGE_API_SECRET": vonage.api_secret.get_secret_value(),
        "VONAGE_SIGNATURE_SECRET": vonage.signature_secret.get_secret_value(),
    }
    lines = [f"{name}={value}\n" for name, value in settings.items()]
    (tmp_path / ".env").write_text("".join(lines))
    monkeypatch.setenv("LIVECHAT_HOME", str(tmp_path))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(vonage.ca))
    for each in ("NO_PROXY", "no_proxy"):
        monkeypatch.setenv(each, "127.0.0.1,localhost")
    yield tmp_path
    assert "VONAGE_MODE" not in os.environ


@in_ci(NOTEBOOKS, "03", "05")
def test_a_notebook_runs_on_the_cloud_unchanged(learner: Path, path: Path) -> None:
    before = (learner / ".env").read_text()
    cells = [cell for cell in run(read(path))["cells"] if cell["cell_type"] == "code"]
    first = "".join(cells[0]["outputs"][0]["text"])
    assert ("the sandbox" in first) == ("always runs on the sandbox" in str(read(path)))
    assert len(cells) == len(code_cells(path))
    after = (learner / ".env").read_text()
    if "the sandbox" in first:
        assert after == before
    else:
        assert "VONAGE_APPLICATION_ID" in after or "start(0)" in source(cells[0])
