"""The cookie that says who a visitor is; signed, so that nobody can write one."""

import secrets
from dataclasses import dataclass, replace

from fastapi import Request, Response
from itsdangerous import BadSignature, URLSafeSerializer

from ..conversations import Json
from ..visitor_names import visitor_name
from . import addresses

COOKIE = "livechat_visitor"
LIFE = 365 * 24 * 3600
"""Seconds a visitor is remembered after the last visit."""


@dataclass(frozen=True)
class Visitor:
    """Somebody's browser.

    name: random; nobody else has it. number: of the visitor's chat, from 1.
    chat: its user, conversation, member and agent; None before there is one.
    """

    name: str
    number: int = 1
    chat: Json | None = None

    @property
    def chat_name(self) -> str:
        """The name of the chat's user and conversation: Vonage allows it only once."""
        return self.name if self.number == 1 else f"{self.name}-{self.number}"

    def had(self, name: str) -> bool:
        """Return whether a chat with this name is one of the visitor's so far."""
        before, dash, number = name.removeprefix(self.name).partition("-")
        if not name.startswith(self.name) or before:
            return False
        return not dash or (number.isdecimal() and 1 < int(number) <= self.number)

    def with_chat(self, chat: Json) -> "Visitor":
        """Return the visitor with a chat."""
        return replace(self, chat=chat)

    def after_this_chat(self) -> "Visitor":
        """Return the visitor before the next chat."""
        return replace(self, number=self.number + 1, chat=None)


class Visitors:
    """Reads and writes the cookie.

    key: what signs it, kept over restarts.
    """

    def __init__(self, key: str) -> None:
        self._signer = URLSafeSerializer(key, salt="visitor")

    def read(self, request: Request, application_id: str = "") -> Visitor | None:
        """Return the calling visitor, or None if the cookie is missing or invalid.

        application_id: whose chat the visitor is to have.
        """
        try:
            kept = self._signer.loads(request.cookies.get(COOKIE, ""))
        except BadSignature:
            return None
        visitor = Visitor(kept["name"])
        # A chat of another application doesn't count here.
        if kept["application"] == application_id:
            visitor = Visitor(kept["name"], kept["number"], kept["chat"])
        return visitor

    def new(self) -> Visitor:
        """Return a new visitor."""
        return Visitor(f"{visitor_name()}-{secrets.token_hex(8)}")

    def write(
        self,
        request: Request,
        response: Response,
        visitor: Visitor,
        application_id: str = "",
    ) -> None:
        """Set the cookie, for the pages of this website alone.

        application_id: whose chat the visitor has.
        """
        kept = {
            "name": visitor.name,
            "number": visitor.number,
            "chat": visitor.chat,
            "application": application_id,
        }
        response.set_cookie(
            COOKIE,
            self._signer.dumps(kept),  # pyright: ignore[reportArgumentType]
            max_age=LIFE,
            path=f"{addresses.prefix(request)}/",
            secure=addresses.is_https(request),
            httponly=True,
            samesite="lax",
        )
