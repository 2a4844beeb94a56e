"""What the website's tests share: a sandbox, a website, and visitors."""

import json
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest
from sandbox import running
from sandbox.conftest import chromium
from sandbox.running import Json, Program

from livechat_helpers.tokens import Minter, load_private_key

__all__ = ["chromium"]

AGENT_PASSWORD = "open sesame"
UNUSED = ssl.create_default_context()  # each client would make one, slowly


class Site:
    """A website and its sandbox, each in a separate process.

    folder: where both keep their state.
    """

    def __init__(self, folder: Path) -> None:
        self.sandbox_dir = folder / "sandbox"
        self.env_file = folder / ".env"
        self.home = {"LIVECHAT_HOME": str(folder)}
        self.sandbox = self.start_sandbox()
        self.vonage = self.sandbox.ready()
        self.website = self.start_website()
        self.ready = self.website.ready()
        self.url: str = self.ready["url"]

    def start_sandbox(self, *arguments: str) -> Program:
        """Start the sandbox, without waiting until it's ready."""
        return running.sandbox(self.sandbox_dir, *arguments)

    def start_website(self, *arguments: str, home: Path | None = None) -> Program:
        """Start the website, on another home if given; it may not be ready yet."""
        variables = {"LIVECHAT_HOME": str(home)} if home else self.home
        website = ("-m", "livechat_helpers.website")
        folder = ("--sandbox-dir", str(self.sandbox_dir))
        return Program(*website, *folder, *arguments, variables=variables)

    def visitor(self) -> httpx.Client:
        """Return a new visitor's browser."""
        return httpx.Client(
            base_url=self.url, trust_env=False, timeout=60, verify=UNUSED
        )

    def caller(self, jwt: str) -> httpx.Client:
        """Return a client that calls Vonage with a token."""
        return httpx.Client(
            base_url=self.vonage["http"],
            headers={"Authorization": f"Bearer {jwt}"},
            trust_env=False,
            verify=UNUSED,
        )

    def minter(self) -> Minter:
        """Return the minter of the website's application."""
        made = json.loads((self.sandbox_dir / "demonstration.json").read_bytes())
        key = load_private_key(self.sandbox_dir / "demonstration.key")
        return Minter(made["id"], key)

    def application(self) -> httpx.Client:
        """Return a client that calls Vonage for the whole application."""
        return self.caller(self.minter().mint())


MakeSite = Callable[[], Site]


@pytest.fixture(scope="session")
def make_site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MakeSite]:
    """Return a function that starts a website and its sandbox."""
    sites: list[Site] = []

    def make() -> Site:
        sites.append(Site(tmp_path_factory.mktemp("site")))
        return sites[-1]

    yield make
    for site in sites:
        site.website.kill()
        site.sandbox.kill()


@pytest.fixture(scope="session")
def site(make_site: MakeSite) -> Iterator[Site]:
    """The website that most tests share."""
    site = make_site()
    (site.env_file).write_text(f"AGENT_PASSWORD={AGENT_PASSWORD!r}\n")
    yield site
    assert "Traceback" not in site.website.errors()
    assert site.sandbox.errors() == ""


@pytest.fixture
def visitor(site: Site) -> Iterator[httpx.Client]:
    """A new visitor."""
    with site.visitor() as visitor:
        yield visitor


@pytest.fixture
def chat(visitor: httpx.Client) -> Json:
    """The chat of that visitor."""
    answer = visitor.post("/api/new")
    assert answer.status_code == 200, answer.text
    return answer.json()
