"""Members are invited, join, leave for good, and come back as new members."""

import re
from typing import Any

import pytest

from .callers import Application
from .running import Json
from .test_conversations import MOMENT, UUID
from .test_errors import check


def members(app: Application, conversation: str) -> list[Json]:
    """Return the members of a conversation, at most 100."""
    path = f"/v1/conversations/{conversation}/members"
    return app.admin.get(path, page_size=100).json()["_embedded"]["members"]


@pytest.mark.parametrize("version", ["/v1", "/v0.3"])
def test_a_member_has_the_documented_shape(
    app: Application, ready: Json, version: str
) -> None:
    conversation = app.conversation()
    user = app.user("alice", display_name="Alice")
    answer = app.admin.post(
        f"{version}/conversations/{conversation}/members",
        {
            "state": "joined",
            "user": {"id": user["id"]},
            "channel": {"type": "app"},
        },
    )
    assert answer.status_code == 201
    member = answer.json()
    assert re.fullmatch(f"MEM-{UUID}", member["id"])
    assert MOMENT.fullmatch(member["timestamp"]["joined"])
    base = f"{ready['http']}{version}"
    href = f"{base}/conversations/{conversation}/members/{member['id']}"
    embedded = {
        "user": {
            "id": user["id"],
            "name": "alice",
            "display_name": "Alice",
            "_links": {"self": {"href": f"{base}/users/{user['id']}"}},
        }
    }
    links = {"href": href, "self": {"href": href}}
    quiet = {"enabled": False, "earmuffed": False, "muted": False}
    assert member == {
        "id": member["id"],
        "conversation_id": conversation,
        "_embedded": embedded,
        "state": "JOINED",
        "timestamp": {"joined": member["timestamp"]["joined"]},
        "initiator": {"joined": {"is_system": True}},
        "channel": {"type": "app"},
        "media": {"audio_settings": quiet, "audio": False},
        "_links": links,
    }
    path = f"{version}/conversations/{conversation}/members"
    assert app.admin.get(f"{path}/{member['id']}").json() == member
    assert app.caller("alice").get(f"{path}/me").json() == member
    listed = app.admin.get(path).json()["_embedded"]
    assert listed == {
        "members": [
            {
                "id": member["id"],
                "state": "JOINED",
                "_embedded": embedded,
                "_links": links,
            }
        ]
    }


@pytest.mark.parametrize(
    "body",
    [
        {"state": "joined", "user": {"name": "alice"}, "channel": {"type": "app"}},
        {"state": "JOINED", "user": {"name": "alice"}, "channel": {"type": "app"}},
        # Vonage's command line leaves the type out.
        {
            "state": "joined",
            "user": {"name": "alice"},
            "channel": {"from": {"type": "app"}},
        },
        {"state": "joined", "user": {"name": "alice"}},
        # client-sdk 2.3.1
        {
            "originating_session": "SES-1",
            "channel": {"type": "app"},
            "user": {"id": "alice", "name": "alice"},
            "state": "joined",
        },
        {
            "state": "joined",
            "user": {"name": "alice"},
            "channel": {"type": "app"},
            "media": {"audio_settings": {}},
            "knocking_id": "K",
        },
    ],
)
def test_every_client_can_let_a_user_join(app: Application, body: Json) -> None:
    app.user("alice")
    conversation = app.conversation()
    answer = app.admin.post(f"/v0.3/conversations/{conversation}/members", body)
    assert answer.status_code == 201
    assert answer.json()["state"] == "JOINED"
    assert answer.json()["channel"]["type"] == "app"


def test_a_member_is_invited_joins_and_leaves_for_good(app: Application) -> None:
    app.user("alice")
    conversation = app.conversation()
    invited = app.member(conversation, "alice", "invited")
    path = f"/v1/conversations/{conversation}/members"
    one = f"{path}/{invited['id']}"
    assert invited["state"] == "INVITED"
    assert set(invited["timestamp"]) == {"invited"}

    again = app.admin.post(path, {"state": "invited", "user": {"name": "alice"}})
    assert again.json()["code"] == "conversation:error:member-already-invited"

    joined = app.admin.patch(one, {"state": "joined"})
    assert joined.status_code == 200
    assert joined.json()["state"] == "JOINED"
    assert set(joined.json()["timestamp"]) == {"invited", "joined"}

    again = app.admin.patch(one, {"state": "joined"})
    assert again.json()["code"] == "conversation:error:member-already-joined"

    left = app.admin.patch(one, {"state": "left", "reason": {}})
    assert left.json()["state"] == "LEFT"
    assert set(left.json()["timestamp"]) == {"invited", "joined", "left"}

    for state in ("joined", "left"):
        refused = app.admin.patch(one, {"state": state})
        assert refused.status_code == 400
        error = refused.json()
        assert error["code"] == "conversation:error:invalid-member-state"
        assert error["title"] == "Conflict."

    back = app.member(conversation, "alice")
    assert back["id"] != invited["id"]
    assert [found["state"] for found in members(app, conversation)] == [
        "LEFT",
        "JOINED",
    ]
    told = [(event["id"], event["type"]) for event in app.events(conversation)]
    assert told == [
        (1, "member:invited"),
        (2, "member:joined"),
        (3, "member:left"),
        (4, "member:joined"),
    ]


def test_an_invited_user_can_join_with_a_new_request(app: Application) -> None:
    app.user("alice")
    conversation = app.conversation()
    invited = app.member(conversation, "alice", "invited")
    joined = app.member(conversation, "alice", "joined")
    assert joined["id"] == invited["id"]
    assert len(members(app, conversation)) == 1


def test_nobody_can_join_twice(app: Application) -> None:
    conversation, _ = app.chat("alice")
    answer = app.admin.post(
        f"/v1/conversations/{conversation}/members",
        {"state": "joined", "user": {"name": "alice"}},
    )
    assert answer.status_code == 400
    assert answer.json()["code"] == "conversation:error:member-already-joined"
    assert len(members(app, conversation)) == 1
    assert len(app.events(conversation)) == 1


def test_member_events_say_who_did_what(app: Application) -> None:
    conversation, [alice] = app.chat("alice")
    bob = app.user("bob", display_name="Bob", properties={"custom_data": {"n": 1}})
    path = f"/v0.3/conversations/{conversation}/members"
    answer = app.caller("alice").post(
        path, {"state": "invited", "user": {"name": "bob"}}
    )
    member = answer.json()["id"]
    app.caller("bob").patch(f"{path}/{member}", {"state": "joined"})
    reason = {"code": "bored", "text": "Nobody is here"}
    app.admin.patch(f"{path}/{member}", {"state": "left", "reason": reason})
    _, invited, joined, left = app.events(conversation)

    assert invited["body"]["invited_by"] == "alice"
    assert invited["body"]["initiator"]["invited"]["member_id"] == alice
    assert invited["body"]["conversation"]["conversation_id"] == conversation
    assert invited["body"]["media"]["audio"] is False
    assert invited["body"]["user"]["media"] == invited["body"]["media"]
    for event in (invited, joined):
        user = event["body"]["user"]
        assert user["id"] == user["user_id"] == bob["id"], "for old and new SDKs"
        assert (user["name"], user["display_name"]) == ("bob", "Bob")
    assert "user_id" not in left["body"]["user"]
    assert left["body"]["reason"] == reason
    assert joined["body"]["initiator"]["joined"]["isSystem"] is False
    for event in (invited, joined, left):
        assert event["body"]["member_id"] == event["from"] == member
        assert event["body"]["channel"] == {"type": "app"}
        assert event["_embedded"]["from_member"] == {"id": member}
        assert event["_embedded"]["from_user"]["custom_data"] == {"n": 1}


@pytest.mark.parametrize("method", ["PATCH", "PUT"])
def test_a_member_leaves_with_either_method(app: Application, method: str) -> None:
    conversation, [alice] = app.chat("alice")
    path = f"/v0.3/conversations/{conversation}/members/{alice}"
    assert app.caller("alice").call(method, path, {"state": "LEFT"}).is_success
    assert members(app, conversation)[0]["state"] == "LEFT"


def test_the_browser_sdk_leaves_with_delete_on_the_older_path(
    app: Application,
) -> None:
    conversation, [alice] = app.chat("alice")
    path = f"/v0.2/conversations/{conversation}/members/{alice}"
    answer = app.caller("alice").delete(path, reason_code="1", reason_text="bye")
    assert (answer.status_code, answer.content) == (204, b"")
    left = app.events(conversation)[-1]
    assert left["type"] == "member:left"
    assert left["body"]["reason"] == {"code": "1", "text": "bye"}


def test_a_user_can_only_join_itself(app: Application) -> None:
    conversation, _ = app.chat("alice")
    app.user("bob")
    app.user("carol")
    path = f"/v0.3/conversations/{conversation}/members"
    other = {"state": "joined", "user": {"name": "bob"}}
    assert app.caller("alice").post(path, other).status_code == 403
    stranger = app.caller("carol").post(path, other)
    assert stranger.json()["code"] == "conversation:error:not-found"
    invited = app.member(conversation, "bob", "invited")
    one = f"{path}/{invited['id']}"
    assert app.caller("alice").patch(one, {"state": "joined"}).status_code == 403
    assert app.caller("bob").patch(one, {"state": "joined"}).status_code == 200
    assert (
        app.caller("carol")
        .post(path, {"state": "joined", "user": {"name": "carol"}})
        .is_success
    )


def test_a_user_who_left_can_no_longer_see_the_conversation(app: Application) -> None:
    conversation, [alice] = app.chat("alice")
    path = f"/v0.3/conversations/{conversation}"
    caller = app.caller("alice")
    assert caller.get(f"{path}/events").status_code == 200
    app.admin.patch(f"{path}/members/{alice}", {"state": "left"})
    assert caller.get(path).is_success, "its existence isn't a secret"
    for gone in (f"{path}/events", f"{path}/members", f"{path}/members/me"):
        assert caller.get(gone).status_code == 404
    said = {"type": "message", "body": {"message_type": "text", "text": "?"}}
    assert caller.post(f"{path}/events", said).status_code == 404


def test_a_conversation_accepts_a_hundred_members_and_no_more(
    app: Application,
) -> None:
    conversation = app.conversation()
    for number in range(101):
        app.user(f"user-{number}")
    path = f"/v1/conversations/{conversation}/members"

    def join(number: int) -> Any:
        body = {"state": "joined", "user": {"name": f"user-{number}"}}
        return app.admin.post(path, body)

    first = join(0).json()["id"]
    for number in range(1, 100):
        assert join(number).status_code == 201
    check(
        join(100),
        400,
        "conversation:error:maximum-number-of-members",
        "Bad request.",
        "The conversation has reached its maximum number of 100 members.",
    )
    app.admin.patch(f"{path}/{first}", {"state": "left"})
    assert join(100).status_code == 201, "a member who has left makes room"


def test_members_are_listed_in_pages(app: Application) -> None:
    conversation, wanted = app.chat("alice", "bob", "carol")
    path = f"/v0.3/conversations/{conversation}/members"
    page = app.admin.get(path, page_size=2).json()
    found = [one["id"] for one in page["_embedded"]["members"]]
    cursor = page["_links"]["next"]["href"].rpartition("cursor=")[2]
    page = app.admin.get(path, page_size=2, cursor=cursor).json()
    found += [one["id"] for one in page["_embedded"]["members"]]
    assert found == wanted
    assert "next" not in page["_links"]


def test_a_deleted_users_messages_stay(app: Application) -> None:
    conversation, [alice] = app.chat("alice")
    app.say(conversation, "Remember me", alice)
    before = app.events(conversation)
    app.admin.delete("/v1/users/alice")
    after = app.events(conversation)
    assert after[:-1] == before, "the sender and the content are unchanged"
    assert after[-1]["type"] == "member:left"
    path = f"/v1/conversations/{conversation}/members/{alice}"
    member = app.admin.get(path).json()
    assert member["state"] == "LEFT"
    assert member["_embedded"]["user"]["name"] == "alice"


def test_a_user_named_like_anothers_id_isnt_that_user(app: Application) -> None:
    alice = app.user("alice")
    named_so = app.user(alice["id"])
    me = app.caller(alice["id"]).get("/v0.3/users/me")
    assert me.json()["id"] == named_so["id"]
