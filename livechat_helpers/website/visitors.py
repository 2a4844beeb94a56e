"""The cookie that identifies a visitor, signed so that nobody can forge it."""

import secrets
from dataclasses import dataclass, replace

from fastapi import Request, Response
from itsdangerous import BadSignature, URLSafeSerializer

from ..conversations import Json
from ..visitor_names import visitor_name
from . import addresses

COOKIE = "livechat_visitor"
LIFE = 365 * 24 * 3600
"""Seconds that a visitor is remembered after the last visit."""


@dataclass(frozen=True)
class Visitor:
    """Somebody's browser.

    name: a unique random name.
    number: the number of the visitor's chat, starting at 1.
    chat: its user, conversation, member and agent; None if there isn't one yet.
    """

    name: str
    number: int = 1
    chat: Json | None = None

    @property
    def chat_name(self) -> str:
        """The name of the chat's user and conversation, which is unique on Vonage."""
        return self.name if self.number == 1 else f"{self.name}-{self.number}"

    def had(self, name: str) -> bool:
        """Return whether one of the visitor's chats so far has this name."""
        before, dash, number = name.removeprefix(self.name).partition("-")
        if not name.startswith(self.name) or before:
            return False
        return not dash or (number.isdecimal() and 1 < int(number) <= self.number)

    def with_chat(self, chat: Json) -> "Visitor":
        """Return the visitor with a chat."""
        return replace(self, chat=chat)

    def after_this_chat(self) -> "Visitor":
        """Return the visitor as before the next chat."""
        return replace(self, number=self.number + 1, chat=None)


class Visitors:
    """Reads and writes the cookie.

    key: signs the cookie; it stays the same after a restart.
    """

    def __init__(self, key: str) -> None:
        self._signer = URLSafeSerializer(key, salt="visitor")

    def read(self, request: Request, application_id: str = "") -> Visitor | None:
        """Return the calling visitor, or None if the cookie is missing or invalid.

        application_id: only return the visitor's chat if it belongs to this
            application.
        """
        try:
            kept = self._signer.loads(request.cookies.get(COOKIE, ""))
        except BadSignature:
            return None
        visitor = Visitor(kept["name"])
        # A chat in a different application doesn't count.
        if kept["application"] == application_id:
            visitor = Visitor(kept["name"], kept["number"], kept["chat"])
        return visitor

    def new(self) -> Visitor:
        """Create a visitor."""
        return Visitor(f"{visitor_name()}-{secrets.token_hex(8)}")

    def write(
        self,
        request: Request,
        response: Response,
        visitor: Visitor,
        application_id: str = "",
    ) -> None:
        """Set the cookie, which is only sent to this website's pages.

        application_id: the application of the visitor's chat.
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
