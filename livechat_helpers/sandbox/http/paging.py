"""Cursors and HAL links.

A cursor says where the next page starts, and in which direction. It's URL-safe and
unpadded, and it's never a link's first query parameter, because the browser SDKs find
it by splitting the link at ``?``, ``&`` and ``=``.
"""

import base64
import sqlite3
from dataclasses import dataclass
from functools import lru_cache
from typing import Any
from urllib.parse import quote, urlencode

import msgspec
from starlette.requests import Request
from starlette.types import Scope

from ..storage.json_text import read, write
from ..storage.store import Transaction
from .errors import ApiError
from .validation import Fields, Json, refuse


def own_address(scope: Scope) -> str:
    """Return the scheme and host that a request used, for building links."""
    for name, value in scope["headers"]:
        if name == b"host":
            return f"{scope['scheme']}://{value.decode('latin-1')}"
    host, port = scope["server"]
    return f"{scope['scheme']}://{host}:{port}"


_PAGE_SIZE = 10  # the default
PAGING = ("page_size", "order", "cursor")
"""The query parameters that every list accepts."""


@lru_cache(maxsize=1000)  # Clients read the same few lists over and over.
def _quoted(path: bytes) -> str:
    return quote(path.partition(b"?")[0].rstrip(b"/"), safe="/%!$&'()*+,;=:@")


@dataclass(frozen=True)
class Page:
    """One page of rows, and the cursors of the neighbouring pages, if any."""

    rows: list[sqlite3.Row]
    size: int
    order: str
    here: str | None
    next: str | None
    previous: str | None

    def links(self, request: Request) -> Json:
        """Return the HAL links, with the request's own scheme, host and path."""
        # The path can contain a name, with any characters in it.
        base = own_address(request.scope) + _quoted(request.scope["raw_path"])
        given = request.query_params.multi_items()
        kept = [(key, value) for key, value in given if key not in PAGING]
        query = f"order={self.order}&page_size={self.size}"
        if kept:
            query += f"&{urlencode(kept)}"

        def link(cursor: str | None) -> Json:
            cursor = f"&cursor={quote(cursor)}" if cursor else ""
            return {"href": f"{base}?{query}{cursor}"}

        links = {"first": link(None), "self": link(self.here)}
        if self.next:
            links["next"] = link(self.next)
        if self.previous:
            links["prev"] = link(self.previous)
        return links


def read_page(
    tx: Transaction,
    request: Request,
    *,
    table: str,
    where: str,
    values: list[Any],
    key: str = "position",
    key_type: type[int] | type[str] = int,
    columns: str = "*",
) -> Page:
    """Return the page of a table that a request asks for.

    table, where, key, columns: SQL from our own code. The key is a column of unique
        integers or texts that never change.
    values: the values for the question marks in ``where``.

    Raises:
        ApiError: page_size, order or cursor isn't valid.
    """
    size = page_size(request)
    order = request.query_params.get("order", "asc").lower()
    if order not in ("asc", "desc"):
        refuse("order", "must be one of [asc, desc, ASC, DESC]")
    here = request.query_params.get("cursor")
    position, backwards = _read_cursor(here, key_type) if here else (None, False)
    upwards = (order == "asc") != backwards

    def beyond(start: int | str | None, upwards: bool, most: int) -> list[sqlite3.Row]:
        """Return the rows beyond a key on one side, nearest first."""
        side, found = "", values
        if start is not None:
            side, found = f" AND {key} {'>' if upwards else '<'} ?", [*values, start]
        return tx.all(
            f"SELECT {columns} FROM {table} WHERE {where}{side}"
            f" ORDER BY {key} {'ASC' if upwards else 'DESC'} LIMIT ?",
            *found,
            most,
        )

    rows = beyond(position, upwards, size + 1)
    ahead = len(rows) > size
    rows = rows[:size]
    # The rows that the cursor came from may have been deleted since.
    behind = bool(here and rows and beyond(rows[0][key], not upwards, 1))
    if backwards:
        rows.reverse()
        ahead, behind = behind, ahead
    return Page(
        rows,
        size,
        order,
        here,
        next=_write_cursor(rows[-1][key], False) if ahead else None,
        previous=_write_cursor(rows[0][key], True) if behind else None,
    )


def page_size(request: Request) -> int:
    """Return the page size that a request asks for.

    Raises:
        ApiError: it isn't a number from 1 to 100.
    """
    given = request.query_params.get("page_size")
    return _PAGE_SIZE if given is None else _read_page_size(given)


@lru_cache(maxsize=100)  # Clients ask for the same page size over and over.
def _read_page_size(given: str) -> int:
    fields = Fields({"page_size": given})
    size = fields.number("page_size", least=1, most=100)
    fields.done()
    return size or _PAGE_SIZE


def _write_cursor(position: int | str, backwards: bool) -> str:
    text = write([position, int(backwards)])
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def _read_cursor(
    cursor: str, key_type: type[int] | type[str]
) -> tuple[int | str, bool]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        position, backwards = read(
            base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True)
        )
        fits = key_type is str or abs(position) < 2**63  # SQLite can't hold more.
        if backwards in (0, 1) and type(position) is key_type and fits:
            return position, bool(backwards)
    except (ValueError, TypeError, RecursionError, msgspec.DecodeError):
        pass
    raise ApiError("paginator-builder:error:invalid-cursor")
