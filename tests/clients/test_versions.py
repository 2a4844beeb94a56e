"""What the texts say about clients is true for the versions that the tests run."""

import json
from pathlib import Path

from livechat_helpers import places
from livechat_helpers.sandbox.api import conformance

from .test_matrix import (
    CLIENT_SDK,
    CONVERSATIONS,
    FIRST_GENERATION,
    NEXMO,
    NEXMO_CLIENT,
    PYPI_VONAGE,
)

PACKAGES = json.loads(Path(__file__).with_name("package.json").read_text())
PINNED = (places.ROOT / "constraints.txt").read_text().splitlines()
[VONAGE] = [line.partition("==")[2] for line in PINNED if line.startswith("vonage==")]
RUN = {
    "@vonage/client-sdk": CLIENT_SDK,
    "nexmo-client": tuple(NEXMO_CLIENT),
    "@vonage/conversations": CONVERSATIONS,
    "nexmo": NEXMO,
    "@vonage/cli": (PACKAGES["dependencies"]["@vonage/cli"],),
    "PyPI vonage": (*PYPI_VONAGE, VONAGE),
}


def test_the_conformance_page_names_the_tested_versions() -> None:
    rows = conformance.read()["clients"]
    told = {r["client"]: r["versions"] for r in rows if r["status"] == "supported"}
    assert told == {client: ", ".join(versions) for client, versions in RUN.items()}
    [absent] = [row["versions"] for row in rows if row["status"] == "absent"]
    tried = [one.partition("@")[2] for one in FIRST_GENERATION]
    assert absent.replace(";", ",").split(", ") == tried


def test_the_readme_says_how_many_versions_are_tested() -> None:
    count = sum(len(versions) for versions in RUN.values())
    assert f"{count} versions of Vonage's" in (places.ROOT / "README.md").read_text()
