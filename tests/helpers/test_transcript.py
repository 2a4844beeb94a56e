"""A conversation as text."""

from typing import Any

from livechat_helpers.transcript import transcript


def message(number: int, body: dict[str, Any], **user: str) -> dict[str, Any]:
    event: dict[str, Any] = {"id": number, "type": "message", "body": body}
    return {**event, "_embedded": {"from_user": user}} if user else event


def test_messages_are_listed_in_order_once_each_and_nothing_else() -> None:
    events = [
        message(3, {"text": "How are you?"}, display_name="Ada"),
        {"type": "ephemeral", "body": {"typing": True}},
        {"id": 1, "type": "member:joined", "body": {}},
        message(2, {"text": "Hello"}, display_name="Ada"),
        message(3, {"text": "How are you?"}, display_name="Ada"),
    ]
    assert transcript(iter(events)) == ["Ada: Hello", "Ada: How are you?"]


def test_a_message_without_text_is_shown_by_its_type() -> None:
    deleted = {"timestamp": {"deleted": "2026-01-01T12:00:00.000Z"}}
    events = [
        message(1, deleted, display_name="Ada"),
        message(2, {"message_type": "image", "image": {"url": "x"}}, name="ben"),
        message(3, {"text": "Welcome"}),
    ]
    assert transcript(events) == ["Ada: (deleted)", "ben: (image)", "Vonage: Welcome"]
