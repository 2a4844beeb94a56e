"""Reading a request: the JSON body and its fields, with the sentences Vonage answers.

The real service validates with Joi; its sentences ('"name" must be a string') are
what existing clients and their tests know, so they are the ones given here.
"""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn

from starlette.requests import Request

from .errors import ApiError

MAX_BODY = 1024 * 1024
"""Bytes of the largest request body that is read."""
DEEPEST = 100
"""Levels of the deepest request body: what is read must also be written again."""
LARGEST_NUMBER = 2**53 - 1
"""The largest whole number that a JSON reader is sure to keep as it is."""

Json = dict[str, Any]


async def read_object(request: Request) -> Json:
    """Return the request's JSON object; an absent body counts as an empty one.

    Raises:
        ApiError: the body is too large, is not JSON, or is not an object.
    """
    raw = bytearray()
    async for chunk in request.stream():
        raw += chunk
        if len(raw) > MAX_BODY:
            raise ApiError("http:error:payload-too-large")
    # `""` is what client-sdk 2.3.1 sends where it has nothing to say.
    if raw.strip() in (b"", b'""'):
        return {}
    try:
        body = json.loads(
            raw.decode(), parse_float=_finite, parse_constant=_refuse_constant
        )
        if b"\\ud" in raw.lower():
            json.dumps(body, ensure_ascii=False).encode()  # no lone surrogates
        if raw.count(b"[") + raw.count(b"{") > DEEPEST:
            _refuse_deeper(body, DEEPEST)
    except (ValueError, RecursionError):
        refuse("body", "must be valid JSON")
    if not isinstance(body, dict):
        refuse("value", "must be of type object")
    return body


def _finite(digits: str) -> float:
    number = float(digits)
    if math.isinf(number):  # it could be read, and never be written again
        raise ValueError(f"{digits} is too large")
    return number


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _refuse_deeper(value: Any, levels: int) -> None:
    if isinstance(value, dict | list):
        if levels == 0:
            raise ValueError("too many levels")
        for inner in value.values() if isinstance(value, dict) else value:
            _refuse_deeper(inner, levels - 1)


def refuse(name: str, sentence: str) -> NoReturn:
    """Raise the validation error for one field."""
    raise ApiError("http:error:validation-fail", ((name, f'"{name}" {sentence}'),))


class Fields:
    """Takes the fields of a JSON object one by one and gathers what is wrong.

    source: the object. prefix: where it sits in the body, as in ``user.``.
    """

    def __init__(self, source: Mapping[str, Any], prefix: str = "") -> None:
        self._source = source
        self._prefix = prefix
        self._invalid: list[tuple[str, str]] = []

    def _wrong(self, name: str, sentence: str) -> None:
        full = self._prefix + name
        self._invalid.append((full, f'"{full}" {sentence}'))

    def text(
        self, name: str, *, longest: int | None = None, required: bool = False
    ) -> str | None:
        """Return a string field, or None when it is absent."""
        value = self._source.get(name)
        if value is None:
            if required:
                self._wrong(name, "is required")
            elif name in self._source:
                self._wrong(name, "must be a string")
            return None
        if not isinstance(value, str):
            self._wrong(name, "must be a string")
        elif not value:
            self._wrong(name, "is not allowed to be empty")
        elif longest is not None and len(value) > longest:
            self._wrong(
                name,
                f"length must be less than or equal to {longest} characters long",
            )
        else:
            return value
        return None

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
        value = self._source.get(name)
        if isinstance(value, dict):
            return value
        if value is not None or name in self._source:
            self._wrong(name, "must be of type object")
        elif required:
            self._wrong(name, "is required")
        return None

    def number(
        self, name: str, *, least: int = 0, required: bool = False
    ) -> int | None:
        """Return a whole number, or None when it is absent."""
        value = self._source.get(name)
        if isinstance(value, int) and not isinstance(value, bool):
            if least <= value <= LARGEST_NUMBER:
                return value
            self._wrong(
                name,
                f"must be greater than or equal to {least}"
                if value < least
                else "must be a safe number",
            )
        elif value is not None or name in self._source:
            self._wrong(name, "must be a number")
        elif required:
            self._wrong(name, "is required")
        return None

    def done(self) -> None:
        """Raise one error that names every wrong field, if there is any."""
        if self._invalid:
            raise ApiError("http:error:validation-fail", tuple(self._invalid))
