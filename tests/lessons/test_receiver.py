"""A receiver of webhooks in a notebook."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from livechat_helpers.client import account_client
from livechat_helpers.lessons.receiver import Receiver, Webhook


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    """A receiver that accepts everything."""
    receiver = Receiver(lambda webhook: 200)
    yield receiver
    receiver.close()


def post(receiver: Receiver, body: bytes = b"{}", token: str = "t") -> int:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.post(receiver.url, content=body, headers=headers).status_code


def test_a_webhook_arrives_as_sent_and_gets_the_functions_answer(
    receiver: Receiver,
) -> None:
    receiver.handle = lambda webhook: 204
    assert post(receiver, b'{"id": 3}', "a.b.c") == 204
    assert post(receiver, b"[ ]", "") == 204
    assert receiver.wait_for(2) == [
        Webhook("a.b.c", b'{"id": 3}'),
        Webhook("", b"[ ]"),
    ]
    assert receiver.received[0].event == {"id": 3}


@pytest.mark.parametrize("wrong", [lambda webhook: None, lambda webhook: 1 / 0])
def test_a_failing_function_makes_the_server_answer_with_an_error(
    receiver: Receiver, wrong: object
) -> None:
    receiver.handle = wrong  # pyright: ignore[reportAttributeAccessIssue]
    assert post(receiver) == 500
    assert len(receiver.received) == 1


def test_a_missing_message_is_reported_with_what_did_arrive(receiver: Receiver) -> None:
    post(receiver)
    with pytest.raises(TimeoutError, match="1 webhooks arrived instead of 2"):
        receiver.wait_for(2, seconds=0.01)


def test_its_desk_uses_an_application_whose_events_arrive_here(
    receiver: Receiver, running_home: Path
) -> None:
    receiver.desk()
    desk = receiver.desk()
    room = desk.conversations.create()["id"]
    (created,) = receiver.wait_for(1)
    assert created.event["type"] == "conversation:created"
    assert created.event["body"]["id"] == room
    found, _ = account_client().application.list_applications()
    assert [one.name for one in found].count("Webhook practice") == 1
