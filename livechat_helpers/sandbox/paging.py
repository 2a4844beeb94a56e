"""Cursors and HAL links.

A cursor says from which row on, and in which direction, the next page lies. It is
URL-safe and unpadded, and it is never the first query parameter of a link: the
browser SDKs find it by splitting the link at ``?``, ``&`` and ``=``.
"""

import base64
import binascii
import json
import re
import sqlite3
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode

from starlette.requests import Request

from .errors import ApiError
from .store import Transaction
from .validation import Json, refuse


@dataclass(frozen=True)
class Page:
    """One page of rows, and the cursors of its neighbours where there are any."""

    rows: list[sqlite3.Row]
    size: int
    order: str
    here: str | None
    next: str | None
    previous: str | None

    def links(self, request: Request) -> Json:
        """Return the HAL links, on the request's own scheme, host and path."""
        # A name can stand in the path, with any sign in it.
        path = quote(request.scope["path"])
        base = f"{request.url.scheme}://{request.url.netloc}{path}"
        kept = {
            key: value
            for key, value in request.query_params.items()
            if key not in ("cursor", "order", "page_size")
        }
        query = {"order": self.order, "page_size": self.size, **kept}

        def link(cursor: str | None) -> Json:
            full = {**query, "cursor": cursor} if cursor else query
            return {"href": f"{base}?{urlencode(full)}"}

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
) -> Page:
    """Return the page of a table that a request asks for.

    table, where, key: SQL, written by us; the key is a column of whole numbers that
        never change. values: what the question marks of ``where`` stand for.

    Raises:
        ApiError: page_size, order or cursor is not valid.
    """
    size = _page_size(request.query_params.get("page_size"))
    order = request.query_params.get("order", "asc").lower()
    if order not in ("asc", "desc"):
        refuse("order", "must be one of [asc, desc, ASC, DESC]")
    here = request.query_params.get("cursor")
    position, backwards = _read_cursor(here) if here else (None, False)
    upwards = (order == "asc") != backwards
    if position is not None:
        where += f" AND {key} {'>' if upwards else '<'} ?"
        values = [*values, position]
    rows = tx.all(
        f"SELECT * FROM {table} WHERE {where}"
        f" ORDER BY {key} {'ASC' if upwards else 'DESC'} LIMIT ?",
        *values,
        size + 1,
    )
    more = len(rows) > size
    rows = rows[:size]
    if backwards:
        rows.reverse()
    has_next = bool(rows) and (more or backwards)
    has_previous = bool(rows) and (more if backwards else here is not None)
    return Page(
        rows,
        size,
        order,
        here,
        next=_write_cursor(rows[-1][key], False) if has_next else None,
        previous=_write_cursor(rows[0][key], True) if has_previous else None,
    )


def _page_size(given: str | None) -> int:
    if given is None:
        return 10
    if not re.fullmatch(r"-?[0-9]{1,9}", given):
        refuse("page_size", "must be a number")
    size = int(given)
    if size < 1:
        refuse("page_size", "must be greater than or equal to 1")
    if size > 100:
        refuse("page_size", "must be less than or equal to 100")
    return size


def _write_cursor(position: int, backwards: bool) -> str:
    text = json.dumps([position, int(backwards)], separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def _read_cursor(cursor: str) -> tuple[int, bool]:
    try:
        padded = cursor + "=" * (-len(cursor) % 4)
        position, backwards = json.loads(
            base64.b64decode(padded.encode("ascii"), altchars=b"-_", validate=True)
        )
        if type(position) is int and abs(position) < 2**63 and backwards in (0, 1):
            return position, bool(backwards)
    except (binascii.Error, ValueError, TypeError, RecursionError):
        pass
    raise ApiError("paginator-builder:error:invalid-cursor")
