"""An agent answers from another Matrix client, because any Matrix client works."""

from sandbox.running import Json
from waiting import eventually

from livechat_helpers.agent_pane import AgentPane
from livechat_helpers.matrix.calls import path

from .stand import MatrixClient, MatrixStand


def test_an_agent_can_answer_from_another_client(
    stand: MatrixStand, pane: AgentPane, chat: Json, page: MatrixClient
) -> None:
    room = chat["conversation"]["id"]
    other = stand.client("none")
    signed_in = other.call(
        "POST",
        "/login",
        {
            "type": "m.login.password",
            "identifier": {"type": "m.id.user", "user": "agent"},
            "password": "open",
        },
    )
    assert signed_in.status_code == 200, signed_in.text
    client = stand.client(signed_in.json()["access_token"])
    page.say(room, "Hello", "1")
    eventually(lambda: client.texts(room) == ["Hello"])
    last = client.timeline(room)[-1]["event_id"]
    read = client.call("POST", path("rooms", room, "receipt", "m.read", last), {})
    assert read.status_code == 200
    client.say(room, "Answered on the train", "2")
    eventually(lambda: page.texts(room) == ["Hello", "Answered on the train"])
    pane.wait_for("on the train")
    lines = [str(line) for line in pane.transcript(room)]
    assert "Answered on the train" in lines[-1]


def test_visitor_and_agent_see_what_the_other_has_read(
    pane: AgentPane, chat: Json, page: MatrixClient
) -> None:
    room, visitor = chat["conversation"]["id"], chat["user"]["id"]
    page.say(room, "Is anybody reading this?", "1")
    pane.wait_for("Is anybody reading this?")
    pane.read(room)

    def receipts() -> str:
        rooms = page.call("GET", "/sync", timeout="0").json()["rooms"]["join"]
        return str(rooms[room]["ephemeral"]["events"])

    eventually(lambda: chat["agent"]["id"] in receipts())
    pane.send("Hi", room)
    last = page.timeline(room)[-1]["event_id"]
    page.call("POST", path("rooms", room, "receipt", "m.read", last), {})
    eventually(lambda: pane.transcript(room)[-1]["mark"] == "seen")
    page.call("PUT", path("rooms", room, "typing", visitor), {"typing": True})

    def is_typing() -> bool:
        return any(one["typing"] for one in pane.conversations if one["id"] == room)

    eventually(is_typing)
