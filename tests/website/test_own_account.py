"""Another account of the machine can't reach a learner's own website."""

import os
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest

from livechat_helpers.services.known import website_socket

from .conftest import MakeSite, Site

if sys.platform != "linux" or os.geteuid() != 0:
    pytest.skip("only root can be somebody else", allow_module_level=True)

NOBODY = 65534

POST = """
import encodings.idna, os, socket, sys
os.setuid(int(sys.argv[2]))
said = b""
try:
    with socket.create_connection(("127.0.0.1", int(sys.argv[1]))) as it:
        head = b"POST /api/new HTTP/1.1\\r\\nHost: localhost\\r\\nContent-Length: 0"
        it.sendall(head + b"\\r\\n\\r\\n")
        if len(sys.argv) == 3:
            said = it.recv(100)
except ConnectionError:
    pass
print(said)
"""


@pytest.fixture
def own(make_site: MakeSite) -> Site:
    """A website that only its own account can use."""
    site = make_site()
    site.website.stop()
    site.website.kill()
    site.website = site.start_website("--own-account-only")
    site.website.ready()
    return site


def post(site: Site, *, account: int, in_haste: bool = False) -> str:
    """Open a chat from a program in an account; return the answer."""
    port, more = urlsplit(site.url).port, ["and go"] if in_haste else []
    command = [sys.executable, "-IS", "-c", POST, str(port), str(account), *more]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


def chats(site: Site) -> int:
    """Return how many chats there are."""
    with site.application() as application:
        return len(
            application.get("/v1/conversations").json()["_embedded"]["conversations"]
        )


def test_other_accounts_connections_are_closed(own: Site) -> None:
    assert "200 OK" in post(own, account=os.getuid())
    assert chats(own) == 1
    assert "b''" in post(own, account=NOBODY)
    for _ in range(20):  # the caller hangs up before the website checks who it was
        post(own, account=NOBODY, in_haste=True)
    assert "200 OK" in post(own, account=os.getuid())
    assert chats(own) == 2


def test_the_accounts_own_proxy_uses_a_private_socket(own: Site) -> None:
    path = website_socket(own.sandbox_dir)
    assert path.stat().st_mode & 0o077 == 0
    assert path.parent.stat().st_mode & 0o077 == 0
    transport = httpx.HTTPTransport(uds=str(path))
    with httpx.Client(transport=transport, base_url="http://any.name") as proxy:
        assert proxy.get("/health").json() == {"status": "ok"}


def test_a_socket_folder_that_others_created_isnt_used(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from livechat_helpers.website.own_account import prepared

    tmp_path.chmod(0o777)
    assert prepared(tmp_path / "it.sock") is None
    tmp_path.chmod(0o700)
    assert prepared(tmp_path / "it.sock") == tmp_path / "it.sock"
