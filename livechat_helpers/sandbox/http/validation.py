"""Reading a request: the JSON body and its fields, and Vonage's error sentences.

The real service validates with Joi. Existing clients and their tests know its sentences
('"name" must be a string'), so we use the same ones.
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
"""The size limit of a request body in bytes."""
LARGEST_CUSTOM_DATA = 4096
"""The size limit of custom data in bytes, written as compact JSON."""
DEEPEST = 100
"""The nesting limit of a request body, because we have to write it again."""
LARGEST_NUMBER = 2**53 - 1
"""The largest integer that every JSON reader keeps exactly."""

_STRING = "must be a string"
_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:\S+")
_NUMBER = re.compile(r"\s*[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,3})?\s*", re.ASCII)

Json = dict[str, Any]


def _converted(value: Any) -> float | None:
    """Convert a value to a number as Joi does, or return None if that's impossible."""
    if isinstance(value, str) and len(value) < 100 and _NUMBER.fullmatch(value):
        value = float(value)
        value = int(value) if value.is_integer() else value
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return value


async def read_object(request: Request) -> Json:
    """Return the request's JSON object; a missing body counts as an empty object.

    Raises:
        ApiError: the body is too large, isn't JSON, or isn't an object.
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
    # client-sdk 2.3.1 sends `""` when it has nothing to say.
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
    """Read an ISO 8601 time from a query, and return it in the API's own format.

    name: the parameter's name.
    given: its value; without a time zone, it's UTC.

    Raises:
        ApiError: it isn't a valid time.
    """
    try:
        moment = datetime.fromisoformat(given)
        return written(moment if moment.tzinfo else moment.replace(tzinfo=UTC))
    except (ValueError, OverflowError):
        refuse(name, "must be in ISO 8601 date format")


def check_custom_data(data: Json | None) -> None:
    """Reject custom data that's too large.

    Raises:
        ApiError: ``custom-data:error:max-data-sum-limit-exceeded``. The real limit
            isn't documented; this is the one for custom events.
    """
    if data and len(write(data).encode()) > LARGEST_CUSTOM_DATA:
        raise ApiError("custom-data:error:max-data-sum-limit-exceeded")


def refuse_or_note(name: str, invalid: list[tuple[str, str]]) -> None:
    """Note an unknown key; in a strict sandbox, count it as an error.

    name: the key with its full path.
    invalid: the list of errors to add it to.
    """
    if request_notes.is_strict():
        leaf = name.rpartition(".")[2]
        invalid.append((name, f'"{leaf}" is not allowed'))
    else:
        request_notes.note(f'"{name}" is not known, so it was ignored')


def check_query(request: Request, known: Iterable[str]) -> None:
    """Note unknown query parameters; in a strict sandbox, reject them.

    known: the parameters that the call knows.

    Raises:
        ApiError: ``http:error:validation-fail``.
    """
    invalid: list[tuple[str, str]] = []
    for name in sorted(request.query_params.keys() - known):
        refuse_or_note(name, invalid)
    if invalid:
        raise ApiError("http:error:validation-fail", tuple(invalid))


class Fields:
    """Reads the fields of a JSON object one by one, and collects their errors.

    It converts values as Joi does: a number or a boolean can be written as a string.
    Its sentences contain only the field's own name, even if it's nested.

    source: the object.
    prefix: the object's position in the body, such as ``user.``.
    others: keys without a meaning here that known clients send anyway; None allows any
        key.
    closed: whether the real service rejects all other keys here.
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
        """Return the names of all fields in the object."""
        return self._source.keys()

    def _take(self, name: str) -> Any:
        self._taken.add(name)
        return self._source.get(name)

    def refuse(self, name: str, sentence: str) -> None:
        """Add an error for a field."""
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
        """Return a string field, or None if it's missing.

        longest: the maximum number of characters.
        nullable: whether null counts as missing.
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
        """Return a field that's a URI or empty, or None if it's missing."""
        value = self.text(name, longest=longest, may_be_empty=True)
        if value and not _URI.fullmatch(value):
            self._wrong(name, "must be a valid uri")
            return None
        return value

    def choice(
        self, name: str, allowed: Sequence[str], *, required: bool = False
    ) -> str | None:
        """Return a string field that must be one of the allowed words, in lower case.

        allowed: the words in lower case; the request can use any case.
        """
        value = self.text(name, required=required)
        if value is not None and value.lower() not in allowed:
            self._wrong(name, f"must be one of [{', '.join(allowed)}]")
            return None
        return value.lower() if value is not None else None

    def object(self, name: str, *, required: bool = False) -> Json | None:
        """Return an object field, or None if it's missing."""
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
        """Return the fields of an object field; if it's missing, there are no fields.

        Errors in them are reported together with those of the surrounding object.
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
        """Return an integer field, or None if it's missing."""
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
        """Return a number field, or None if it's missing."""
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
        """Return a field that's a number or a string, unchanged."""
        value = self._take(name)
        if isinstance(value, bool) or not isinstance(value, int | float | str):
            wanted = "must be a string" if name in self._source else "is required"
            self._wrong(name, wanted)
            return None
        return value

    def flag(self, name: str, *, otherwise: bool = False) -> bool:
        """Return a boolean field, or a default if it's missing.

        otherwise: the default.
        """
        value = self._take(name)
        if isinstance(value, str) and value.lower() in ("true", "false"):
            return value.lower() == "true"
        if name in self._source and not isinstance(value, bool):
            self._wrong(name, "must be a boolean")
        return value if isinstance(value, bool) else otherwise

    def done(self) -> None:
        """Raise a single error for all invalid fields, if there are any.

        Keys that nobody asked for are noted in the trace; a strict sandbox rejects
        them.
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
