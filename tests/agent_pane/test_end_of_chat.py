"""The pane shows what a chat's log says: its end, deletions, odd messages."""

from typing import Any

import pytest

from livechat_helpers.agent_pane.chat import Chat

NOW = "2026-01-01T12:00:00.000Z"


class Log:
    """The log of a chat between a visitor and Ada, and the chat that reads it."""

    def __init__(self) -> None:
        self.chat = Chat("CON-1", "USR-ada", "USR-desk")
        for user in ("visitor", "ada"):
            who = {"id": f"USR-{user}", "name": user, "display_name": user.title()}
            self.say("member:joined", {"member_id": f"MEM-{user}", "user": who})

    def say(self, kind: str, body: dict[str, Any], user: str = "") -> int:
        event = {"id": self.chat.last_id + 1, "type": kind, "body": body}
        event["timestamp"] = NOW
        if user:
            event["from"] = f"MEM-{user}"
            event["_embedded"] = {"from_user": {"id": f"USR-{user}", "name": user}}
        self.chat.apply(event)
        return event["id"]

    def text(self, text: str, user: str = "visitor") -> int:
        return self.say("message", {"message_type": "text", "text": text}, user)

    def lines(self) -> list[str]:
        return [str(line) for line in self.chat.lines]


def test_only_the_application_can_end_a_chat() -> None:
    log = Log()
    log.text("Hello")
    log.say("custom:chat_ended", {"by": "agent", "reason": "Forged"}, "visitor")
    assert not log.chat.ended
    log.say("custom:chat_ended", {"by": "agent", "reason": "Solved"})
    assert (log.chat.state, log.chat.can_reopen) == ("ended", True)
    assert log.chat.waiting_since == ""
    assert log.lines() == ["visitor: Hello", "event: The chat was closed: Solved"]


def test_the_first_of_two_endings_counts_and_a_rejoin_doesnt_undo_it() -> None:
    log = Log()
    log.say("custom:chat_ended", {"by": "visitor", "reason": ""})
    log.say("custom:chat_ended", {"by": "agent", "reason": "Later"})
    who = {"id": "USR-visitor", "name": "visitor", "display_name": "Visitor"}
    log.say("member:left", {"member_id": "MEM-visitor", "user": who})
    log.say("member:joined", {"member_id": "MEM-2", "user": who})
    assert log.chat.state == "ended"
    assert log.lines() == [
        "event: Visitor has ended the chat.",
        "event: Visitor is back.",
    ]


def test_messages_after_the_end_dont_count_as_waiting() -> None:
    log = Log()
    log.say("custom:chat_ended", {"by": "agent", "reason": ""})
    log.text("One more thing")
    assert (log.chat.unread, log.chat.waiting_since) == (0, "")
    log.say("custom:chat_reopened", {"by": "agent"}, "visitor")
    assert log.chat.ended
    log.say("custom:chat_reopened", {"by": "agent"})
    log.text("Again")
    assert (log.chat.unread, log.chat.state) == (1, "yours")


def test_a_deleted_message_is_shown_as_deleted_and_isnt_unread() -> None:
    log = Log()
    event = log.text("secret")
    log.say("event:delete", {"event_id": event}, "visitor")
    assert log.lines() == ["visitor: This message was deleted."]
    assert log.chat.unread == 0


@pytest.mark.parametrize(
    ("body", "shown"),
    [
        (
            {"message_type": "image", "image": {"url": "https://a.example/b.png"}},
            "An image: https://a.example/b.png",
        ),
        ({"message_type": "vcard"}, "A contact, which cannot be shown here."),
        ({"timestamp": {"deleted": NOW}}, "This message was deleted."),
        (
            {"message_type": "hologram"},
            "A message of an unknown type, which cannot be shown here.",
        ),
    ],
)
def test_what_cannot_be_shown_has_a_placeholder(body: dict, shown: str) -> None:
    log = Log()
    log.say("message", body, "visitor")
    assert log.lines() == [f"visitor: {shown}"]


def test_a_receipt_outside_the_log_covers_all_messages_up_to_one() -> None:
    def seen(user: str, event: int) -> dict[str, Any]:
        return {
            "type": "message:seen",
            "body": {"event_id": event},
            "_embedded": {"from_user": {"id": f"USR-{user}"}},
        }

    log = Log()
    log.text("Hello")
    second = log.text("Anybody there?")
    log.chat.see_until(seen("ada", second))
    assert [line.mark for line in log.chat.lines] == ["seen", "seen"]
    assert log.chat.unread == 0
    answer = log.text("Yes", "ada")
    # A receipt for a message that isn't here yet.
    log.chat.see_until(seen("visitor", answer + 1))
    log.text("How can I help?", "ada")
    log.text("I can't log in")
    assert [line.mark for line in log.chat.lines[2:]] == ["seen", "seen", ""]
    assert log.chat.unread == 1


def test_a_glance_shows_that_a_visitor_waits_but_not_what_was_said() -> None:
    log = Log()
    log.text("Hello")
    log.text("Hi", "ada")
    said = {"id": 9, "type": "message", "timestamp": NOW, "body": {"text": "secret"}}
    said["_embedded"] = {"from_user": {"id": "USR-visitor"}}
    assert log.chat.glance([said])
    assert log.chat.waiting_since == NOW
    assert "secret" not in str(log.lines())
    said = {**said, "id": 10, "_embedded": {"from_user": {"id": "USR-ben"}}}
    assert log.chat.glance([said])
    assert log.chat.waiting_since == ""
