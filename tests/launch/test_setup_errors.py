"""The explanation of a failed step comes from the output of real tools."""

import ensurepip
import http.server
import shutil
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import trustme

from livechat_helpers.launch import setup_errors
from livechat_helpers.launch.long_steps import StepError


@pytest.fixture
def interceptor(tmp_path: Path) -> Iterator[str]:
    """The address of an https server with an untrusted certificate."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    trustme.CA().issue_cert("127.0.0.1").configure_cert(context)
    handler = http.server.BaseHTTPRequestHandler
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"https://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


# Python has a pip for new environments, which can be run directly.
[PIPS_WHEEL] = (Path(ensurepip.__file__).parent / "_bundled").glob("pip-*.whl")
PIP = [sys.executable, f"{PIPS_WHEEL}/pip", "download", "--retries=0", "--no-cache-dir"]
TOOLS = {
    "pip": [*PIP, "{url}/one.tar.gz"],
    "uv": ["uv", "pip", "compile", "-", "--no-cache"],
    "npm": ["npm", "pack", "{url}/one.tgz", "--fetch-retries", "0"],
}


@pytest.mark.parametrize("tool", TOOLS)
def test_a_proxy_that_intercepts_tls_is_named(
    interceptor: str, tool: str, tmp_path: Path
) -> None:
    program, *arguments = (word.format(url=interceptor) for word in TOOLS[tool])
    if not shutil.which(program):
        assert tool == "uv", "the set-up gets along without it"
        return
    done = subprocess.run(
        [program, *arguments],
        input=f"one @ {interceptor}/one.tar.gz",  # uv reads this
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    said = done.stdout + done.stderr
    assert done.returncode, said
    told = setup_errors.explain("Packages", StepError("Installing", said))
    assert "a certificate that isn't trusted here" in told.why, said
    assert "SSL_CERT_FILE" in told.mend
