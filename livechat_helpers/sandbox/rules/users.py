"""The rules of users: unique names, found by id or by name."""

import sqlite3
from dataclasses import dataclass
from typing import Any

from ..http.errors import ApiError
from ..http.validation import Fields, Json, check_custom_data
from ..storage.json_text import read, write
from ..storage.store import Transaction


@dataclass(frozen=True)
class User:
    """A user of one application.

    name: unique within the application; a token's ``sub`` refers to it.
    body: ``display_name``, ``image_url``, ``properties`` and ``channels``, as given.
    position: the order of creation, for paging.
    created, updated: times; None if unknown.
    """

    id: str
    application_id: str
    name: str
    body: Json
    position: int
    created: str | None = None
    updated: str | None = None

    def embedded(self) -> Json:
        """Return the short form used in members and events."""
        return _embedded(self.id, self.name, self.body)

    def as_sender(self) -> Json:
        """Return the form used in an event's ``_embedded.from_user``."""
        return _as_sender(self.id, self.name, self.body)


def from_row(row: sqlite3.Row) -> User:
    """Return the user in a row of the table."""
    return User(
        row["id"],
        row["application_id"],
        row["name"],
        read(row["body"]),
        row["position"],
        row["created"],
        row["updated"],
    )


def read_fields(body: Json, *, older: bool = False) -> tuple[str | None, Json]:
    """Check a user's request body, and return the name and the other fields.

    older: whether to use the 2019 rules, which don't limit lengths.
    """
    # The Node SDK sends back everything that it received.
    fields = Fields(body, others=("timestamp",))
    name = fields.text("name")
    longest = None if older else 50
    texts = {
        "display_name": fields.text("display_name", longest=longest, nullable=True),
        "image_url": fields.uri("image_url"),
    }
    kept: Json = {key: value for key, value in texts.items() if value is not None}
    kept |= {key: body[key] for key in ("properties", "channels") if key in body}
    properties = fields.inside("properties", closed=True)
    custom_data = properties.object("custom_data")
    properties.text("type", longest=None if older else 200)
    ttl = properties.decimal("ttl", least=0, required=False)
    channels = fields.inside("channels", others=None)
    for kind in channels.names():
        channels.objects(kind)
    fields.done()
    check_custom_data(custom_data)
    if ttl is not None:
        kept["properties"] = {**kept["properties"], "ttl": ttl}
    return name, kept


def create(tx: Transaction, application_id: str, name: str | None, body: Json) -> User:
    """Store a new user; without a name, it gets one like NAM-uuid.

    Raises:
        ApiError: ``user:error:duplicate-name``.
    """
    name = name or tx.ids.new("NAM-")
    try:
        row = tx.one(
            "INSERT INTO users (id, application_id, name, body, created)"
            " VALUES (?, ?, ?, ?, ?) RETURNING *",
            tx.ids.new("USR-"),
            application_id,
            name,
            write(body),
            tx.clock.now(),
        )
    except sqlite3.IntegrityError as error:
        raise ApiError("user:error:duplicate-name") from error
    assert row is not None
    return from_row(row)


def by_name(tx: Transaction, application_id: str, name: str) -> User:
    """Return the user with a name, such as that in a token's ``sub``.

    Raises:
        ApiError: ``user:error:not-found``.
    """
    row = tx.one(
        "SELECT * FROM users WHERE application_id = ? AND name = ?",
        application_id,
        name,
    )
    if row is None:
        raise ApiError("user:error:not-found")
    return from_row(row)


def with_id(tx: Transaction, application_id: str, user_id: str) -> User:
    """Return the user with an id; a name doesn't count.

    Raises:
        ApiError: ``user:error:not-found``.
    """
    user = by_id(tx, user_id)
    if user is None or user.application_id != application_id:
        raise ApiError("user:error:not-found")
    return user


def find(tx: Transaction, application_id: str, id_or_name: str) -> User:
    """Return the user with the given id or name.

    Raises:
        ApiError: ``user:error:not-found``.
    """
    row = tx.one("SELECT * FROM users WHERE id = ?", id_or_name)
    if row is not None and row["application_id"] == application_id:
        return from_row(row)
    return by_name(tx, application_id, id_or_name)


def by_id(tx: Transaction, user_id: str) -> User | None:
    """Return the user with an id, or None if the user has been deleted."""
    row = tx.one("SELECT * FROM users WHERE id = ?", user_id)
    return from_row(row) if row is not None else None


def of_member(tx: Transaction, member_id: str) -> Json:
    """Return a member's user in the form used in events, even if since deleted."""
    row = tx.one(
        "SELECT members.user_id, members.body AS member, users.name, users.body"
        " FROM members LEFT JOIN users ON users.id = members.user_id"
        " WHERE members.id = ?",
        member_id,
    )
    if row is None:
        return {"id": "", "name": ""}
    if row["name"] is None:
        return read(row["member"]).get("was", {"id": row["user_id"], "name": ""})
    return _as_sender(row["user_id"], row["name"], read(row["body"]))


def _embedded(user_id: str, name: str, body: Json) -> Json:
    short = {"id": user_id, "name": name}
    if "display_name" in body:
        short["display_name"] = body["display_name"]
    return short


def _as_sender(user_id: str, name: str, body: Json) -> Json:
    sender = _embedded(user_id, name, body)
    if body.get("image_url"):
        sender["image_url"] = body["image_url"]
    if custom_data := body.get("properties", {}).get("custom_data"):
        sender["custom_data"] = custom_data
    return sender


def update(tx: Transaction, user: User, name: str | None, changes: Json) -> User:
    """Update the given fields of a user and keep the others.

    Raises:
        ApiError: ``user:error:duplicate-name``.
    """
    try:
        tx.run(
            "UPDATE users SET name = ?, body = ?, updated = ? WHERE id = ?",
            name or user.name,
            write({**user.body, **changes}),
            tx.clock.now(),
            user.id,
        )
    except sqlite3.IntegrityError as error:
        raise ApiError("user:error:duplicate-name") from error
    return find(tx, user.application_id, user.id)


def delete(tx: Transaction, user: User) -> None:
    """Delete a user; events sent by the user stay."""
    tx.run("DELETE FROM users WHERE id = ?", user.id)
    tx.run("DELETE FROM sessions WHERE user_id = ?", user.id)


def shape(user: User, href: str) -> dict[str, Any]:
    """Return a user in the API's format."""
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
        **_timestamp(user),
        "_links": {"self": {"href": href}},
    }


def _timestamp(user: User) -> Json:
    told = {"created": user.created, "updated": user.updated}
    told = {name: moment for name, moment in told.items() if moment is not None}
    return {"timestamp": told} if told else {}
