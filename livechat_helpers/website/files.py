"""A folder's files as browsers get them: stripped, compressed and cached.

Scripts and styles are written for readers, and sent without their comments and
indentation. Lines keep their numbers, so an error refers to the right line in the file.

A browser keeps what it received, and uses the ``ETag`` to ask whether that's still
valid. The answer then takes a few bytes. Source:
https://www.rfc-editor.org/rfc/rfc9110#section-13
"""

import gzip
import hashlib
import re
from dataclasses import dataclass
from pathlib import Path

from fastapi import Request, Response

_TYPES = {
    # Don't guess the types, because a broken Windows registry breaks the guess.
    ".js": "text/javascript",
    ".mjs": "text/javascript",
    ".css": "text/css",
    ".html": "text/html",
}
_LEAN = (".js", ".css")
# A comment is on its own line, or at the end of a line after a character that ends
# code. None of our strings look like that or span several lines.
_COMMENT = re.compile(
    rb"^[ \t]*(?://.*|/\*(?:.|\n)*?\*/[ \t]*)$|(?<=[;,{}]) (?:// .*|/\*.*\*/)$",
    re.MULTILINE,
)
_INDENTATION = re.compile(rb"^[ \t]+", re.MULTILINE)
_WORTH_IT = 512  # bytes; below that, compression saves less than its header costs


@dataclass(frozen=True)
class _Body:
    """A file as last read.

    version: changes when the file does.
    etag: identifies the content.
    plain, packed: the content, also compressed.
    """

    version: tuple[int, int]
    etag: str
    plain: bytes
    packed: bytes


class Files:
    """Serves files, and only reads and compresses them again after a change."""

    def __init__(self) -> None:
        self._bodies: dict[Path, _Body] = {}

    def answer(self, request: Request, path: Path) -> Response:
        """Return a file, or 304 if the browser already has this version.

        path: the path of a script, style or page.

        Raises:
            OSError: the file can't be read.
        """
        body = self._body(path)
        is_packed = takes_gzip(request) and len(body.plain) >= _WORTH_IT
        # A compressed body differs from the plain one, so it needs a different tag.
        etag = f'"{body.etag}-gzip"' if is_packed else f'"{body.etag}"'
        headers = {"ETag": etag, "Vary": "Accept-Encoding"}
        if _has(request, etag):
            return Response(status_code=304, headers=headers)
        if is_packed:
            headers["Content-Encoding"] = "gzip"
        headers["Content-Type"] = f"{_TYPES[path.suffix]}; charset=utf-8"
        return Response(body.packed if is_packed else body.plain, headers=headers)

    def _body(self, path: Path) -> _Body:
        status = path.stat()
        version = (status.st_mtime_ns, status.st_size)
        known = self._bodies.get(path)
        if known is None or known.version != version:
            plain = path.read_bytes()
            if path.suffix in _LEAN:
                plain = lean(plain)
            etag = hashlib.sha256(plain).hexdigest()[:20]
            known = _Body(version, etag, plain, packed(plain))
            self._bodies[path] = known
        return known


def lean(source: bytes) -> bytes:
    """Return a script or style without its comments and indentation."""
    bare = _COMMENT.sub(lambda comment: b"\n" * comment[0].count(b"\n"), source)
    return _INDENTATION.sub(b"", bare)


def takes_gzip(request: Request) -> bool:
    """Return whether a browser accepts a compressed body."""
    for offer in request.headers.get("accept-encoding", "").lower().split(","):
        name, _, weight = offer.replace(" ", "").partition(";q=")
        if name == "gzip":
            return weight.strip("0.") != "" or not weight
    return False


def packed(plain: bytes) -> bytes:
    """Compress a body; the same body always gives the same bytes."""
    return gzip.compress(plain, 9, mtime=0)


def _has(request: Request, etag: str) -> bool:
    known = request.headers.get("if-none-match", "")
    return etag in (tag.strip().removeprefix("W/") for tag in known.split(","))
