"""Reading a request: the JSON body and its fields, with the sentences Vonage answers.

The real service validates with Joi; its sentences ('"name" must be a string') are
what existing clients and their tests know, so they are the ones given here.
"""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, NoReturn

import msgspec
from starlette.requests import ClientDisconnect, Request

from ..storage.clock import written
from ..storage.json_text import read, write
from . import request_notes
from .errors import ApiError

MAX_BODY = 1024 * 1024
"""Bytes of the largest request body that is read."""
LARGEST_CUSTOM_DATA = 4096
"""Bytes of the largest custom data, as compact JSON."""
DEEPEST = 100
"""Levels of the deepest request body: what is read must also be written again."""
LARGEST_NUMBER = 2**53 - 1
"""The largest whole number that a JSON reader is sure to keep as it is."""

_STRING = "must be a string"
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_NUMBER = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?\s*", re.ASCII)

Json = dict[str, Any]


def _converted(value: Any) -> float | None:
    """Return a value as the number that Joi takes it for, or None if it isn't one."""
    if isinstance(value, str) and len(value) < 100 and _NUMBER.fullmatch(value):
        value = float(value)
        value = int(value) if value.is_integer() else value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value


async def read_object(request: Request) -> Json:
    """Return the request's JSON object; an absent body counts as an empty one.

    Raises:
        ApiError: the body is too large, is not JSON, or is not an object.
    """
    raw = bytearray()
    message = await request.receive()
    while True:
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        raw += message.get("body", b"")
        if len(raw) > MAX_BODY:
            raise ApiError("http:error:payload-too-large")
        if not message.get("more_body"):
            break
        message = await request.receive()
    # `""` is what client-sdk 2.3.1 sends where it has nothing to say.
    if not raw or raw.strip() in (b"", b'""'):
        return {}
    try:
        body = read(raw)
        if raw.count(b"[") + raw.count(b"{") > DEEPEST:
            _refuse_deeper(body, DEEPEST)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError, ValueError):
        refuse("body", "must be valid JSON")
    if not isinstance(body, dict):
        refuse("value", "must be of type object")
    return body


def _refuse_deeper(value: Any, levels: int) -> None:
    if isinstance(value, dict | list):
        if levels == 0:
            raise ValueError("too many levels")
        for inner in value.values() if isinstance(value, dict) else value:
            _refuse_deeper(inner, levels - 1)


def refuse(name: str, sentence: str) -> NoReturn:
    """Raise the validation error for one field."""
    leaf = name.rpartition(".")[2]
    raise ApiError("http:error:validation-fail", ((name, f'"{leaf}" {sentence}'),))


def read_moment(name: str, given: str) -> str:
    """Return a moment of a query, in any ISO 8601 form, as the API writes it.

    name: the parameter's. given: without a time zone it is in UTC.

    Raises:
        ApiError: it isn't a moment.
    """
    try:
        moment = datetime.fromisoformat(given)
        return written(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        refuse(name, "must be in ISO 8601 date format")


def check_custom_data(data: Json | None) -> None:
    """Refuse custom data that is too large.

    Raises:
        ApiError: ``custom-data:error:max-data-sum-limit-exceeded``. The real limit is
            not documented: this one is that of custom events.
    """
    if data and len(write(data).encode()) > LARGEST_CUSTOM_DATA:
        raise ApiError("custom-data:error:max-data-sum-limit-exceeded")


def refuse_or_note(name: str, invalid: list[tuple[str, str]]) -> None:
    """Note a key that is not known; a strict sandbox counts it as wrong.

    name: the key, with what it is inside of. invalid: gathers what is wrong.
    """
    if request_notes.is_strict():
        leaf = name.rpartition(".")[2]
        invalid.append((name, f'"{leaf}" is not allowed'))
    else:
        request_notes.note(f'"{name}" is not known: it was left aside')


def check_query(request: Request, known: Iterable[str]) -> None:
    """Note query parameters that a call does not know; strictly, refuse them.

    Raises:
        ApiError: ``http:error:validation-fail``.
    """
    invalid: list[tuple[str, str]] = []
    for name in sorted(request.query_params.keys() - known):
        refuse_or_note(name, invalid)
    if invalid:
        raise ApiError("http:error:validation-fail", tuple(invalid))


class Fields:
    """Takes the fields of a JSON object one by one and gathers what is wrong.

    It converts as Joi does: a number or a boolean may be written as a string. Its
    sentences name the field alone, wherever in the body it sits.

    source: the object. prefix: where it sits in the body, as in ``user.``.
    others: keys that mean nothing here and that known clients send all the same;
        None where any key may stand.
    closed: whether the service itself refuses every other key here.
    """

    def __init__(
        self,
        source: Mapping[str, Any],
        prefix: str = "",
        others: Collection[str] | None = (),
        *,
        closed: bool = False,
    ) -> None:
        self._source = source
        self._prefix = prefix
        self._others = others
        self._closed = closed
        self._taken: set[str] = set()
        self._invalid: list[tuple[str, str]] = []
        self._inside: list[Fields] = []

    def names(self) -> Collection[str]:
        """Return the names of the fields that are there."""
        return self._source.keys()

    def _take(self, name: str) -> Any:
        self._taken.add(name)
        return self._source.get(name)

    def refuse(self, name: str, sentence: str) -> None:
        """Gather one more thing that is wrong with a field."""
        self._wrong(name, sentence)

    def _wrong(self, name: str, sentence: str) -> None:
        self._invalid.append((self._prefix + name, f'"{name}" {sentence}'))

    def text(
        self,
        name: str,
        *,
        longest: int | None = None,
        required: bool = False,
        nullable: bool = False,
        may_be_empty: bool = False,
    ) -> str | None:
        """Return a string field, or None when it is absent.

        longest: characters. nullable: whether null counts as absent.
        """
        value = self._take(name)
        if value is None:
            if name in self._source:
                if not nullable:
                    self._wrong(name, "is required" if required else _STRING)
            elif required:
                self._wrong(name, "is required")
        elif not isinstance(value, str):
            self._wrong(name, _STRING)
        elif not value and not may_be_empty:
            self._wrong(name, "is not allowed to be empty")
        elif longest is not None and len(value) > longest:
            self._wrong(
                name,
                f"length must be less than or equal to {longest} characters long",
            )
        else:
            return value
        return None

    def uri(self, name: str, *, longest: int | None = None) -> str | None:
        """Return a field that is a URI or empty, or None when it is absent."""
        value = self.text(name, longest=longest, may_be_empty=True)
        if value and not _URI.fullmatch(value):
            self._wrong(name, "must be a valid uri")
            return None
        return value

    def choice(
        self, name: str, allowed: Sequence[str], *, required: bool = False
    ) -> str | None:
        """Return a string field that must be one of the allowed words, in any case."""
        value = self.text(name, required=required)
        if value is not None and value.lower() not in allowed:
            self._wrong(name, f"must be one of [{', '.join(allowed)}]")
            return None
        return value.lower() if value is not None else None

    def object(self, name: str, *, required: bool = False) -> Json | None:
        """Return an object field, or None when it is absent."""
        value = self._take(name)
        if isinstance(value, dict):
            return value
        if value is not None or name in self._source:
            self._wrong(name, "must be of type object")
        elif required:
            self._wrong(name, "is required")
        return None

    def inside(
        self,
        name: str,
        *,
        required: bool = False,
        others: Collection[str] | None = (),
        closed: bool = False,
    ) -> "Fields":
        """Return the fields of an object field: none, when it's absent.

        What's wrong with them is reported together with what's wrong around them.
        """
        found = self.object(name, required=required) or {}
        inner = Fields(found, f"{self._prefix}{name}.", others, closed=closed)
        inner._invalid = self._invalid
        self._inside.append(inner)
        return inner

    def objects(self, name: str) -> None:
        """Check that a field is a list of objects."""
        value = self._take(name)
        if not isinstance(value, list) or not all(isinstance(v, dict) for v in value):
            self._wrong(name, "must be an array of objects")

    def number(
        self,
        name: str,
        *,
        least: int = 0,
        most: int = LARGEST_NUMBER,
        required: bool = False,
    ) -> int | None:
        """Return a whole number, or None when it is absent."""
        value = self.decimal(name, least=least, most=most, required=required)
        if value is None or float(value).is_integer():
            return None if value is None else int(value)
        self._wrong(name, "must be an integer")
        return None

    def decimal(
        self,
        name: str,
        *,
        least: float | None = None,
        most: float = LARGEST_NUMBER,
        required: bool = True,
    ) -> float | None:
        """Return a number, with or without decimals, or None when it is absent."""
        value = _converted(self._take(name))
        if value is None:
            if name in self._source:
                self._wrong(name, "must be a number")
            elif required:
                self._wrong(name, "is required")
        elif abs(value) > LARGEST_NUMBER:
            self._wrong(name, "must be a safe number")
        elif least is not None and value < least:
            self._wrong(name, f"must be greater than or equal to {least}")
        elif value > most:
            self._wrong(name, f"must be less than or equal to {most}")
        else:
            return value
        return None

    def number_or_text(self, name: str) -> float | str | None:
        """Return a field that is a number or a string, as it was given."""
        value = self._take(name)
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            wanted = "must be a string" if name in self._source else "is required"
            self._wrong(name, wanted)
            return None
        return value

    def flag(self, name: str, *, otherwise: bool = False) -> bool:
        """Return a boolean field, or another value when it is absent."""
        value = self._take(name)
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        if name in self._source and not isinstance(value, bool):
            self._wrong(name, "must be a boolean")
        return value if isinstance(value, bool) else otherwise

    def done(self) -> None:
        """Raise one error that names every wrong field, if there is any.

        A key that nobody took is noted in the trace. A strict sandbox refuses it.
        """
        for one in (self, *self._inside):
            one._refuse_others()
        if self._invalid:
            raise ApiError("http:error:validation-fail", tuple(self._invalid))

    def _refuse_others(self) -> None:
        if self._others is not None:
            for name in sorted(self._source.keys() - self._taken - {*self._others}):
                if self._closed:
                    self._wrong(name, "is not allowed")
                else:
                    refuse_or_note(self._prefix + name, self._invalid)
