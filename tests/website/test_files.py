"""The pages' files over the network: their types, their sizes, and caching."""

import re

import httpx
import pytest

from livechat_helpers import places
from livechat_helpers.website.files import lean

WEB = places.ROOT / "web"
PAGES = ["/", "/agent"]
SDK = "/sdk/vonageClientSDK.min.mjs"
BUDGET = 325_000
"""The total bytes of the page, an open chat and the SDK."""


def own_files() -> list[str]:
    """Return the paths below ``web`` of all our scripts and styles."""
    return [
        file.relative_to(WEB).as_posix()
        for kind in ("*.js", "*.css")
        for file in WEB.rglob(kind)
        if "node_modules" not in file.parts
    ]


def test_scripts_and_styles_have_the_right_types(visitor: httpx.Client) -> None:
    types = {"js": "text/javascript", "css": "text/css"}
    for name in own_files():
        answer = visitor.get(f"/web/{name}")
        kind = types[name.rpartition(".")[2]]
        assert answer.headers["content-type"] == f"{kind}; charset=utf-8"


@pytest.mark.parametrize("name", own_files())
def test_only_comments_and_indentation_are_left_out_and_lines_keep_their_numbers(
    name: str,
) -> None:
    source = (WEB / name).read_text()
    served = lean(source.encode()).decode()
    for line, sent in zip(source.split("\n"), served.split("\n"), strict=True):
        code = line.strip()
        assert code.startswith(sent)
        assert not code[len(sent) :].strip(" *") or re.match(
            r" ?(//|/\*|\*)", code[len(sent) :]
        )


def test_page_chat_and_sdk_together_are_small_over_the_wire(
    visitor: httpx.Client,
) -> None:
    # This counts the texts of every other language, but a page loads at most one.
    names = [name for name in own_files() if not name.startswith("agent/")]
    chat = [f"/web/{name}" for name in names]
    total = 0
    for path in ("/", *chat, SDK):
        with visitor.stream("GET", path) as answer:
            for _ in answer.iter_raw():
                pass
            total += answer.num_bytes_downloaded
    assert total <= BUDGET


@pytest.mark.parametrize("path", [*PAGES, SDK, "/web/embed.js"])
def test_a_client_without_gzip_gets_the_same_file_uncompressed(
    visitor: httpx.Client, path: str
) -> None:
    packed = visitor.get(path, headers={"Accept-Encoding": "br, gzip;q=0.5"})
    for offer in ("identity", "br", "gzip;q=0", "gzip; q=0.0", "x-gzipped"):
        plain = visitor.get(path, headers={"Accept-Encoding": offer})
        assert "content-encoding" not in plain.headers
        assert plain.headers["vary"] == "Accept-Encoding"
        assert plain.content == packed.content


@pytest.mark.parametrize("path", ["/agent", SDK, "/web/strings.js"])
@pytest.mark.parametrize("encoding", ["gzip", "identity"])
def test_what_a_browser_already_has_isnt_sent_again(
    visitor: httpx.Client, path: str, encoding: str
) -> None:
    offer = {"Accept-Encoding": encoding}
    first = visitor.get(path, headers=offer)
    assert first.headers["cache-control"] == "no-cache", "it asks each time"
    etag = first.headers["etag"]
    for known in (etag, f"W/{etag}", f'"older", {etag}'):
        again = visitor.get(path, headers={**offer, "If-None-Match": known})
        assert again.status_code == 304
        assert again.content == b""
        assert again.headers["etag"] == etag
    for other in ('"older"', "", etag.strip('"')):
        again = visitor.get(path, headers={**offer, "If-None-Match": other})
        assert again.content == first.content
