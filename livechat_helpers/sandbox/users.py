"""The rules of users: unique names, found by id or by name."""

import json
import sqlite3
from dataclasses import dataclass
from typing import Any

from .errors import ApiError
from .store import Transaction
from .validation import Fields, Json


@dataclass(frozen=True)
class User:
    """A user of one application.

    name: what a token's ``sub`` names; unique in the application.
    body: ``display_name``, ``image_url``, ``properties`` and ``channels``, as given.
    position: the order of creation, for paging.
    """

    id: str
    application_id: str
    name: str
    body: Json
    position: int

    def embedded(self) -> Json:
        """Return the short form that members and events carry."""
        short = {"id": self.id, "name": self.name}
        if "display_name" in self.body:
            short["display_name"] = self.body["display_name"]
        return short

    def as_sender(self) -> Json:
        """Return the form that stands in an event's ``_embedded.from_user``."""
        return {
            **self.embedded(),
            "image_url": self.body.get("image_url", ""),
            "custom_data": self.body.get("properties", {}).get("custom_data", {}),
        }


def from_row(row: sqlite3.Row) -> User:
    """Return the user that a row of the table holds."""
    return User(
        row["id"],
        row["application_id"],
        row["name"],
        json.loads(row["body"]),
        row["position"],
    )


def read_fields(body: Json) -> tuple[str | None, Json]:
    """Return the name and the other fields of a user's request body, checked."""
    fields = Fields(body)
    name = fields.text("name")
    texts = {
        "display_name": fields.text("display_name"),
        "image_url": fields.text("image_url"),
    }
    kept: Json = {key: value for key, value in texts.items() if value is not None}
    for key in ("properties", "channels"):
        value = fields.object(key)
        if value is not None:
            kept[key] = value
    fields.done()
    return name, kept


def create(tx: Transaction, application_id: str, name: str | None, body: Json) -> User:
    """Store a new user; without a name it gets one of the form NAM-uuid.

    Raises:
        ApiError: ``user:error:duplicate-name``.
    """
    name = name or tx.ids.new("NAM-")
    user_id = tx.ids.new("USR-")
    try:
        tx.run(
            "INSERT INTO users (id, application_id, name, body) VALUES (?, ?, ?, ?)",
            user_id,
            application_id,
            name,
            json.dumps(body),
        )
    except sqlite3.IntegrityError as error:
        raise ApiError("user:error:duplicate-name") from error
    return find(tx, application_id, user_id)


def find(tx: Transaction, application_id: str, id_or_name: str) -> User:
    """Return the user with an id or a name.

    Raises:
        ApiError: ``user:error:not-found``.
    """
    row = tx.one(
        "SELECT * FROM users WHERE application_id = ? AND (id = ? OR name = ?)"
        " ORDER BY id = ? DESC LIMIT 1",
        application_id,
        id_or_name,
        id_or_name,
        id_or_name,
    )
    if row is None:
        raise ApiError("user:error:not-found")
    return from_row(row)


def by_id(tx: Transaction, user_id: str) -> User | None:
    """Return the user with an id, or None when it was deleted."""
    row = tx.one("SELECT * FROM users WHERE id = ?", user_id)
    return from_row(row) if row is not None else None


def update(tx: Transaction, user: User, name: str | None, changes: Json) -> User:
    """Change the given fields of a user and keep the others.

    Raises:
        ApiError: ``user:error:duplicate-name``.
    """
    try:
        tx.run(
            "UPDATE users SET name = ?, body = ? WHERE id = ?",
            name or user.name,
            json.dumps({**user.body, **changes}),
            user.id,
        )
    except sqlite3.IntegrityError as error:
        raise ApiError("user:error:duplicate-name") from error
    return find(tx, user.application_id, user.id)


def delete(tx: Transaction, user: User) -> None:
    """Remove a user; the events that it sent stay."""
    tx.run("DELETE FROM users WHERE id = ?", user.id)
    tx.run("DELETE FROM sessions WHERE user_id = ?", user.id)


def shape(user: User, href: str) -> dict[str, Any]:
    """Return a user as the API answers it."""
    return {
        "id": user.id,
        "name": user.name,
        **{
            key: user.body[key]
            for key in ("display_name", "image_url")
            if key in user.body
        },
        "properties": user.body.get("properties", {}),
        "channels": user.body.get("channels", {}),
        "_links": {"self": {"href": href}},
    }
