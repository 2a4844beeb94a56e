"""The website's process and pages: what it serves, with which headers, and its end."""

import json
import signal
import socket
import stat
from pathlib import Path
from urllib.parse import urlsplit

import httpx
import pytest
from sandbox.running import Json

from .conftest import MakeSite, Site


def test_the_ready_line_contains_its_address(site: Site) -> None:
    assert site.ready == {"ready": True, "url": site.url}
    assert site.url.startswith("http://127.0.0.1:")
    kept = json.loads((site.sandbox_dir / "website.json").read_bytes())
    assert kept == site.ready


def test_both_pages_exist(visitor: httpx.Client) -> None:
    for path in ("/", "/agent"):
        page = visitor.get(path)
        assert page.status_code == 200
        assert page.headers["content-type"].startswith("text/html")


@pytest.mark.parametrize("path", ["/", "/agent", "/api/new", "/health", "/nothing"])
def test_every_answer_has_the_security_headers(
    site: Site, visitor: httpx.Client, path: str
) -> None:
    headers = visitor.get(path).headers
    parts = headers["content-security-policy"].split("; ")
    policy = {name: value for name, _, value in (part.partition(" ") for part in parts)}
    assert policy["default-src"] == "'none'"
    assert policy["script-src"] == "'self'"
    assert policy["style-src"] == "'self'"
    assert policy["base-uri"] == "'none'"
    assert policy["require-trusted-types-for"] == "'script'"
    vonage = site.vonage["http"]
    websocket = vonage.replace("http", "ws", 1)
    assert policy["connect-src"].split() == ["'self'", vonage, websocket]
    # Only JupyterLab can show the page in a frame.
    framing = ["'self'", "http://localhost:*", "http://127.0.0.1:*"]
    assert policy["frame-ancestors"].split() == framing
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert headers["permissions-policy"] == "camera=(), microphone=(), geolocation=()"
    assert policy["trusted-types"] == "'none'"
    assert policy["form-action"] == "'none'"
    assert "server" not in headers


@pytest.mark.parametrize(
    "path",
    [
        "/web/package.json",
        "/web/package-lock.json",
        "/web/.npmrc",
        "/web/index.html",
        "/web/../pyproject.toml",
        "/web/..%2fpyproject.toml",
        "/web/..%2f..%2fetc%2fpasswd",
        "/web/%2e%2e/%2e%2e/etc/passwd",
        "/web/..%5c..%5cx.js",
        "/web//etc/passwd",
        "/web/%2fetc%2fhosts.js",
        "/web/%00.js",
        "/web/x.js%00",
        "/web/" + "a" * 5000 + ".js",
        "/web/node_modules/@vonage/client-sdk/package.json",
        "/web/.js",
        "/web/",
        "/sdk/../.env",
        "/.env",
        "/.data/sandbox/account.json",
        "/docs",
        "/redoc",
        "/openapi.json",
        "/nothing",
        "//",
        "/%ff",
    ],
)
def test_nothing_else_is_served(site: Site, path: str) -> None:
    where = urlsplit(site.url)
    # By hand, because a client would normalise the path.
    with socket.create_connection((where.hostname, where.port), timeout=60) as raw:
        headers = "Host: localhost\r\nConnection: close"
        raw.sendall(f"GET {path} HTTP/1.1\r\n{headers}\r\n\r\n".encode())
        answer = b""
        while more := raw.recv(65536):
            answer += more
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 404")
    assert json.loads(body)["detail"]


def test_its_secrets_are_in_private_files(site: Site, chat: Json) -> None:
    for name in ("cookie.key", "agent-password", "demonstration.key", "website.json"):
        assert stat.S_IMODE((site.sandbox_dir / name).stat().st_mode) == 0o600


def test_it_stops_cleanly_and_restarts_at_the_same_address(make_site: MakeSite) -> None:
    site = make_site()
    with site.visitor() as visitor:
        chat = visitor.post("/api/new").json()
        for number in (signal.SIGTERM, signal.SIGINT):
            site.website.process.send_signal(number)
            assert site.website.exit_code() == 0
            assert site.website.errors() == ""
            assert not (site.sandbox_dir / "website.json").exists()
            site.website.kill()
            if number == signal.SIGTERM:
                site.website = site.start_website()
                assert site.website.ready() == site.ready
                again = visitor.post("/api/new").json()
                assert again["conversation"] == chat["conversation"]


def refused(site: Site, *arguments: str, home: Path | None = None) -> list[str]:
    """Return the lines of a website that doesn't start."""
    program = site.start_website(*arguments, home=home)
    assert program.exit_code() == 1
    said = program.errors()
    program.kill()
    assert "Traceback" not in said
    return said.splitlines()


def test_a_busy_port_is_reported_along_with_the_fix(site: Site) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        what, mend = refused(site, "--port", str(port))
    assert what == f"Port {port} cannot be used: Address already in use."
    assert "--port" in mend


def test_without_a_sandbox_it_doesnt_start(make_site: MakeSite) -> None:
    site = make_site()
    site.sandbox.kill()  # its sandbox.json stays behind
    site.website.stop()
    what, *mend = refused(site)
    assert what == "The sandbox is not running."
    assert "python -m livechat_helpers" in mend[0]
    (site.sandbox_dir / "sandbox.json").unlink()
    assert refused(site)[0] == "The sandbox is not running."


def test_a_corrupt_env_file_is_reported_at_the_start(
    site: Site, tmp_path: Path
) -> None:
    (tmp_path / ".env").write_text("junk junk\n")
    assert refused(site, home=tmp_path)[0].startswith(".env, line 1")


def test_a_missing_folder_is_reported(site: Site, tmp_path: Path) -> None:
    [what, *_] = refused(site, "--sandbox-dir", str(tmp_path / "nothing"))
    assert what == "The sandbox is not running."
    assert not (tmp_path / "nothing").exists(), "nothing unfinished is left"
