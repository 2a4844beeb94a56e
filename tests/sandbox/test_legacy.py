"""The 2019 clients' paths: the same data, in the format of /beta and /beta2."""

import socket
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from . import running
from .callers import Application, Caller
from .conftest import MakeApplication
from .running import Json

BETAS = ("/beta", "/v0.1")
BETA2S = ("/beta2", "/v0.2")


def ok(answer: httpx.Response) -> Any:
    """Return the body of an answer, which always has the status 200."""
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/json"
    return answer.json()


def text(words: str, **fields: str) -> Json:
    """Return the body of a request that sends a text as clients did in 2019."""
    return {"type": "text", "body": {"text": words}, **fields}


def events_path(version: str, conversation: str) -> str:
    """Return the path of a conversation's events."""
    return f"{version}/conversations/{conversation}/events"


@pytest.mark.parametrize("version", BETAS)
def test_a_2019_support_desk_can_be_set_up(app: Application, version: str) -> None:
    user = ok(app.admin.post(f"{version}/users", {"name": "jamie"}))
    base = str(app.http.base_url)
    assert user == {
        "id": user["id"],
        "name": "jamie",
        "href": f"{base}{version}/users/{user['id']}",
    }
    body = {"display_name": "A chat", "originating_session": "SES-1"}
    conversation = ok(app.admin.post(f"{version}/conversations", body))
    path = f"{version}/conversations/{conversation['id']}"
    assert conversation == {"id": conversation["id"], "href": base + path}
    join = {"action": "join", "user_id": user["id"], "channel": {"type": "app"}}
    member = ok(app.admin.post(f"{path}/members", join))
    assert member.pop("media")
    assert member == {
        "id": member["id"],
        "user_id": user["id"],
        "name": "jamie",
        "state": "JOINED",
        "timestamp": {"joined": member["timestamp"]["joined"]},
        "channel": {"type": "app"},
        "initiator": {"joined": {"isSystem": True}},
        "href": f"{base}{path}/members/{member['id']}",
    }
    event = ok(
        app.admin.post(f"{path}/events", text("hello", **{"from": member["id"]}))
    )
    assert event == {
        "id": 2,
        "timestamp": event["timestamp"],
        "href": f"{base}{path}/events/2",
    }


def test_a_conversation_lists_current_and_earlier_members(app: Application) -> None:
    made = app.conversation(name="a", display_name="A chat", properties={"ttl": 600})
    app.user("alice", display_name="Alice")
    app.user("bob")
    alice, bob = (app.member(made, name)["id"] for name in ("alice", "bob"))
    path = f"/beta/conversations/{made}"
    ok(app.admin.delete(f"{path}/members/{bob}"))
    conversation = ok(app.caller("alice").get(path))
    assert (conversation["uuid"], conversation["name"]) == (made, "a")
    assert "id" not in conversation
    assert conversation["display_name"] == "A chat"
    assert conversation["properties"] == {"ttl": 600}
    assert conversation["sequence_number"] == 3
    assert conversation["numbers"] == {}
    assert conversation["timestamp"]["created"]
    assert conversation["_links"]["self"]["href"] == f"{app.http.base_url}{path}"
    first, second = conversation["members"]
    assert (first["member_id"], first["name"], first["state"]) == (
        alice,
        "alice",
        "JOINED",
    )
    assert first["display_name"] == "Alice"
    assert first["user_id"].startswith("USR-")
    assert first["channel"] == {"type": "app"}
    assert first["initiator"] == {"joined": {"isSystem": True}}
    assert (second["member_id"], second["state"]) == (bob, "LEFT")
    assert second["timestamp"].keys() == {"joined", "left"}


def test_a_user_is_invited_by_name_and_accepts(app: Application) -> None:
    conversation, [alice] = app.chat("alice")
    inviting = app.admin.get("/v1/users/alice").json()
    app.user("bob")
    path = f"/beta/conversations/{conversation}/members"
    invite = {
        "action": "invite",
        "user_name": "bob",
        "member_id_inviting": alice,
        "channel": {"type": "app", "legs": []},
        "originating_session": "SES-1",
    }
    invited = ok(app.caller("alice").post(path, invite))
    assert (invited["state"], invited["name"]) == ("INVITED", "bob")
    assert invited["invited_by"] == inviting["id"]
    accept = {"action": "join", "user_name": "bob", "member_id": invited["id"]}
    joined = ok(app.caller("bob").post(path, accept))
    assert (joined["id"], joined["state"]) == (invited["id"], "JOINED")
    assert joined["initiator"]["joined"]["isSystem"] is False


def test_an_invitation_is_accepted_with_put(app: Application) -> None:
    conversation = app.conversation()
    app.user("bob")
    member = app.member(conversation, "bob", "invited")["id"]
    path = f"/beta/conversations/{conversation}/members/{member}"
    join = {"action": "join", "channel": {"type": "app"}}
    changed = ok(app.caller("bob").put(path, join))
    assert changed == {"id": member, "href": f"{app.http.base_url}{path}"}
    assert ok(app.admin.get(path))["state"] == "JOINED"


def test_a_member_leaves_with_a_reason(app: Application) -> None:
    conversation, [alice] = app.chat("alice")
    path = f"/beta/conversations/{conversation}/members/{alice}"
    answer = app.caller("alice").delete(path, reason_code="1", reason_text="bye")
    assert ok(answer) == {}
    left = app.events(conversation)[-1]
    assert (left["type"], left["body"]["reason"]) == (
        "member:left",
        {"code": "1", "text": "bye"},
    )


def test_users_and_conversations_are_changed_with_put(app: Application) -> None:
    user = app.user("alice", display_name="Alice")["id"]
    path = f"/beta/users/{user}"
    changed = ok(app.admin.put(path, {"display_name": "Alicia"}))
    assert changed == {"id": user, "href": f"{app.http.base_url}{path}"}
    assert ok(app.admin.get(path)) == {
        "id": user,
        "name": "alice",
        "display_name": "Alicia",
        "href": f"{app.http.base_url}{path}",
    }
    path = f"/beta/conversations/{app.conversation()}"
    assert ok(app.admin.put(path, {"display_name": "A chat"})).keys() == {"id", "href"}
    assert ok(app.admin.get(path))["display_name"] == "A chat"


def test_deleting_returns_an_empty_object(app: Application) -> None:
    conversation, [alice] = app.chat("alice")
    event = app.say(conversation, "hello", alice)["id"]
    for path in (
        f"/beta/conversations/{conversation}/events/{event}",
        f"/beta/conversations/{conversation}/members/{alice}",
        f"/beta/conversations/{conversation}",
        "/beta/users/alice",
    ):
        assert ok(app.admin.delete(path)) == {}
    assert app.admin.get("/v1/users/alice").status_code == 404
    assert app.admin.get(f"/v1/conversations/{conversation}").status_code == 404


def test_beta_lists_are_bare_arrays_of_100_at_most(app: Application) -> None:
    conversation, [alice] = app.chat("alice")
    for number in range(101):
        app.say(conversation, f"{number}", alice)
    found = ok(app.admin.get(events_path("/beta", conversation)))
    assert [event["id"] for event in found] == list(range(1, 101))
    received = ok(app.admin.get(events_path("/beta", conversation), start_id="95"))
    assert [event["id"] for event in received] == list(range(95, 103))
    [user] = ok(app.admin.get("/beta/users"))
    assert user == {"id": user["id"], "name": "alice", "href": user["href"]}
    assert ok(app.admin.get(f"/beta/conversations/{conversation}/members")) == [
        {
            "member_id": alice,
            "user_id": user["id"],
            "user_name": "alice",
            "name": "alice",
            "state": "JOINED",
        }
    ]
    [mine] = ok(app.caller("alice").get(f"/beta/users/{user['id']}/conversations"))
    assert (mine["id"], mine["member_id"]) == (conversation, alice)
    assert (mine["state"], mine["sequence_number"]) == ("JOINED", 102)


def test_a_beta_event_has_every_field_even_if_empty(app: Application) -> None:
    conversation, [alice] = app.chat("alice")
    sent = app.say(conversation, "hello", alice)
    path = events_path("/beta", conversation)
    event = ok(app.admin.get(f"{path}/2"))
    assert event == {
        "id": 2,
        "type": "message",
        "from": alice,
        "to": "",
        "body": {"message_type": "text", "text": "hello"},
        "state": "",
        "timestamp": sent["timestamp"],
        "href": f"{app.http.base_url}{path}/2",
    }
    assert event in ok(app.admin.get(path))


def test_beta_conversations_are_counted_and_paged_by_number(app: Application) -> None:
    made = [app.conversation(name=f"c{number}") for number in range(5)]
    app.admin.delete(f"/v1/conversations/{made[0]}")
    path = "/beta/conversations"
    page = ok(app.admin.get(path, page_size="3", record_index="1", order="desc"))
    assert (page["count"], page["page_size"], page["record_index"]) == (4, 3, 1)
    [item] = page["_embedded"]["conversations"]
    href = f"{app.http.base_url}{path}/{made[1]}"
    assert item == {
        "uuid": made[1],
        "name": "c1",
        "href": href,
        "_links": {"self": {"href": href}},
    }
    assert page["_links"]["self"]["href"] == f"{app.http.base_url}{path}"
    assert ok(app.admin.get(path))["page_size"] == 10
    assert ok(app.admin.get(path, name="c1", cursor="x"))["count"] == 4, "ignored"


@pytest.mark.parametrize("version", BETA2S)
def test_beta2_pages_are_in_embedded_data(app: Application, version: str) -> None:
    conversation, [alice, bob] = app.chat("alice", "bob")
    user = ok(app.admin.get(f"{version}/users/alice"))["id"]
    lists = {
        f"{version}/users": "users",
        f"{version}/users/{user}/conversations": "conversations",
        f"{version}/conversations": "conversations",
        f"{version}/conversations/{conversation}/members": "members",
        f"{version}/conversations/{conversation}/events": "events",
    }
    for path, name in lists.items():
        page = ok(app.admin.get(path, page_size="1", order="asc"))
        assert page.keys() == {"page_size", "cursor", "_embedded", "_links"}
        assert page["page_size"] == 1
        [item] = page["_embedded"]["data"][name]
        assert item["_links"]["self"]["href"].startswith(
            f"{app.http.base_url}{version}"
        )
    assert {
        "id": alice,
        "user_id": user,
        "name": "alice",
        "state": "JOINED",
    }.items() <= (
        ok(app.admin.get(f"{version}/conversations/{conversation}/members"))[
            "_embedded"
        ]["data"]["members"][0].items()
    )
    event = ok(app.admin.get(f"{events_path(version, conversation)}/2"))
    assert (event["from"], event["conversation_id"]) == (bob, conversation)
    assert event["_embedded"]["from_user"]["name"] == "bob"


def test_a_beta2_cursor_leads_through_every_page(app: Application) -> None:
    conversation, _ = app.chat("alice")
    for number in range(24):
        app.say(conversation, f"{number}")
    path, found, cursor = events_path("/beta2", conversation), [], ""
    while True:
        more = {"cursor": cursor} if cursor else {}
        page = ok(app.admin.get(path, page_size="10", **more))
        found += [event["id"] for event in page["_embedded"]["data"]["events"]]
        if not (cursor := page["cursor"]["next"]):
            break
        assert f"&cursor={cursor}" in page["_links"]["next"]["href"]
    assert found == list(range(1, 26))


def test_a_login_finds_the_users_conversations(app: Application) -> None:
    conversation, [alice] = app.chat("alice")
    user = app.admin.get("/v1/users/alice").json()["id"]
    page = ok(
        app.caller("alice").get(
            f"/beta2/users/{user}/conversations", page_size="10", order="asc", cursor=""
        )
    )
    [mine] = page["_embedded"]["data"]["conversations"]
    assert mine == {
        "id": conversation,
        "name": mine["name"],
        "timestamp": {"created": mine["timestamp"]["created"]},
        "sequence_number": 1,
        "member_id": alice,
        "state": "JOINED",
        "_links": {
            "self": {"href": f"{app.http.base_url}/beta2/conversations/{conversation}"}
        },
    }


def test_one_event_reads_the_same_in_all_four_versions(app: Application) -> None:
    conversation, [alice] = app.chat("alice")
    sent = ok(
        app.caller("alice").post(
            events_path("/beta", conversation),
            text("hello", **{"from": alice, "cid": conversation}),
        )
    )

    def listed(version: str) -> Any:
        return app.admin.get(events_path(version, conversation)).json()

    lists = {
        "/v1": listed("/v1")["_embedded"]["events"],
        "/v0.3": listed("/v0.3")["_embedded"]["events"],
        "/beta2": listed("/beta2")["_embedded"]["data"]["events"],
        "/beta": listed("/beta"),
    }
    for version, found in lists.items():
        told = [(event["id"], event["type"], event["body"]) for event in found]
        assert told[-1] == (sent["id"], "text", {"text": "hello"}), version
        assert found[-1]["timestamp"] == sent["timestamp"]


def test_texts_receipts_and_typing_are_sent_as_nexmo_client_sends_them(
    app: Application,
) -> None:
    conversation, [alice, bob] = app.chat("alice", "bob")
    path = events_path("/beta", conversation)
    usual = {"cid": conversation, "originating_session": "SES-1"}
    sent = ok(app.caller("alice").post(path, text("hi", **usual, **{"from": alice})))

    def tell(kind: str, body: Json) -> Json:
        event = {"type": kind, "from": bob, "body": body, **usual}
        return ok(app.caller("bob").post(path, event))

    for kind in ("text:delivered", "text:seen"):
        assert tell(kind, {"event_id": sent["id"]})["id"]
    for kind in ("text:typing:on", "text:typing:off"):
        assert tell(kind, {"activity": 1}).keys() == {"timestamp"}
    state = ok(app.admin.get(f"{path}/{sent['id']}"))["state"]
    assert state["delivered_to"].keys() == state["seen_by"].keys() == {bob}
    missed = ok(
        app.caller("bob").get(
            events_path("/beta2", conversation), start_id="4", end_id="13"
        )
    )
    kinds = [event["type"] for event in missed["_embedded"]["data"]["events"]]
    assert kinds == ["text:delivered", "text:seen"]


def test_a_strict_sandbox_knows_every_key_that_nexmo_client_sends(
    key: RSAPrivateKey, tmp_path: Path
) -> None:
    program = running.sandbox(tmp_path, "--strict")
    ready = program.ready()
    with httpx.Client(base_url=ready["http"], trust_env=False) as http:
        basic = httpx.BasicAuth(ready["api_key"], ready["api_secret"])
        request = next(basic.auth_flow(httpx.Request("GET", ready["http"])))
        account = Caller(http, request.headers["Authorization"])
        app = Application(http, account, key)
        user = app.user("alice")["id"]
        app.user("bob")
        alice, usual = app.caller("alice"), {"originating_session": "SES-1"}
        conversation = ok(alice.post("/beta/conversations", usual))["id"]
        path = f"/beta/conversations/{conversation}"
        join = {"action": "join", "user_name": "alice", "user_id": user, **usual}
        member = ok(alice.post(f"{path}/members", {**join, "channel": {"type": "app"}}))
        told = {"cid": conversation, "from": member["id"], **usual}
        ok(alice.post(f"{path}/events", text("hello", **told)))
        channel = {"type": "app", "from": {"type": "app"}, "to": {"type": "app"}}
        invite = {
            "action": "invite",
            "user_name": "bob",
            "member_id_inviting": member["id"],
            "media": {"audio_settings": {"enabled": False}},
            "channel": {**channel, "leg_ids": [], "leg_settings": {}, "legs": []},
            **usual,
        }
        invited = ok(alice.post(f"{path}/members", invite))["id"]
        accept = {**join, "user_name": "bob", "member_id": invited}
        del accept["user_id"]
        ok(app.caller("bob").post(f"{path}/members", accept))
        paging = {"page_size": "10", "order": "asc", "cursor": ""}
        ok(alice.get(events_path("/beta2", conversation), event_type="text", **paging))
        ok(alice.get(f"/beta2/users/{user}/conversations", **paging))
        refused = alice.post(f"{path}/events", {**text("hello"), "colour": "red"})
        assert list(refused.json()["error"]) == ["colour"]
    assert program.stop() == 0


def test_a_text_is_deleted_as_nexmo_client_deletes_it(app: Application) -> None:
    conversation, [alice] = app.chat("alice")
    own = app.caller("alice")
    sent = ok(own.post(events_path("/beta", conversation), text("oops")))
    path = f"{events_path('/beta2', conversation)}/{sent['id']}"
    answer = own.delete(path, **{"from": alice})
    assert (answer.status_code, answer.content) == (204, b"")
    assert ok(own.get(path))["body"].keys() == {"timestamp"}


REFUSALS: list[tuple[str, str, Json | None, int, str]] = [
    ("GET", "/users/USR-none", None, 404, "user:error:not-found"),
    ("GET", "/conversations/CON-none", None, 404, "conversation:error:not-found"),
    ("POST", "/users", {"name": "alice"}, 400, "user:error:duplicate-name"),
    ("POST", "/conversations", {"name": "a"}, 400, "conversation:error:duplicate-name"),
    ("PATCH", "/users", {}, 405, "http:error:method-not-allowed"),
    ("GET", "/legs", None, 404, "http:error:not-found"),
    ("POST", "/users", {"name": 1}, 400, "http:error:validation-fail"),
]


@pytest.mark.parametrize("version", BETAS)
@pytest.mark.parametrize(("method", "path", "body", "status", "code"), REFUSALS)
def test_errors_have_the_shape_of_their_version(
    app: Application,
    version: str,
    method: str,
    path: str,
    body: Json | None,
    status: int,
    code: str,
) -> None:
    app.user("alice")
    app.conversation(name="a")
    answer = app.admin.call(method, version + path, body)
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert answer.json().keys() - {"error"} == {"code", "description"}


def test_a_missing_token_and_one_that_allows_too_little_are_reported_too(
    app: Application, anyone: Caller
) -> None:
    app.user("alice")
    for version in (*BETAS, *BETA2S):
        path = f"{version}/users"
        refused = anyone.get(path)
        assert (refused.status_code, refused.json()["code"]) == (
            401,
            "system:error:invalid-token",
        )
        assert refused.json()["description"].startswith("You did not provide")
        foreign = app.caller("alice", "/*/conversations/**").get(path)
        assert (foreign.status_code, foreign.json()["code"]) == (
            403,
            "system:error:permission",
        )
        assert app.caller("alice", "/*/users/**").get(f"{path}/me").status_code == 200


def test_a_wrong_field_is_reported_under_its_name_in_that_version(
    app: Application,
) -> None:
    conversation, [alice] = app.chat("alice")
    path = f"/beta/conversations/{conversation}/members"

    def wrong(method: str, path: str, body: Json) -> Json:
        answer = app.admin.call(method, path, body)
        assert answer.status_code == 400
        return answer.json()["error"]

    assert wrong("POST", path, {"action": "leave", "user_id": 7}) == {
        "action": ['"action" must be one of [invite, join]'],
        "user_id": ['"user_id" must be a string'],
    }
    assert wrong("POST", path, {"action": "join"}) == {
        "value": ['"value" must contain at least one of [user_id, user_name]']
    }
    assert wrong("PUT", f"{path}/{alice}", {"state": "left"}) == {
        "action": ['"action" is required']
    }
    answer = app.admin.get("/beta/conversations", record_index="x", page_size="0")
    assert answer.json()["error"] == {
        "record_index": ['"record_index" must be a number']
    }
    answer = app.admin.get("/beta/conversations", page_size="0")
    assert list(answer.json()["error"]) == ["page_size"]


def test_old_and_new_clients_can_read_beta2_errors(app: Application) -> None:
    error = app.admin.get("/v0.2/conversations/CON-none").json()
    assert error["code"] == "conversation:error:not-found"
    assert error["description"] == error["detail"]
    assert error.keys() >= {"type", "title", "instance"}
    bad = app.admin.get("/beta2/users", page_size="0").json()
    assert list(bad["error"]) == ["page_size"]
    assert bad["invalid_parameters"][0]["name"] == "page_size"


def test_newer_versions_have_their_own_errors(app: Application) -> None:
    for version in ("/v1", "/v0.3"):
        error = app.admin.get(f"{version}/users/USR-none").json()
        assert error.keys() == {"type", "code", "title", "detail", "instance"}


@pytest.mark.parametrize("method", ["GET", "OPTIONS"])
def test_a_path_with_a_star_is_not_found(ready: Json, method: str) -> None:
    place = urlsplit(ready["http"])
    with socket.create_connection((place.hostname, place.port)) as connection:
        connection.sendall(f"{method} * HTTP/1.1\r\nHost: localhost\r\n\r\n".encode())
        assert connection.recv(100).startswith(b"HTTP/1.1 404")


def test_an_old_path_shows_nothing_from_another_application(
    app: Application, make_application: MakeApplication
) -> None:
    conversation, _ = app.chat("alice")
    other = make_application()
    for version in (*BETAS, *BETA2S):
        for path in (f"conversations/{conversation}", "users/alice"):
            assert other.admin.get(f"{version}/{path}").status_code == 404
        outsider = app.user(f"bob{version.replace('/', '-')}")["name"]
        path = f"{version}/conversations/{conversation}/events"
        assert app.caller(outsider).get(path).status_code == 404
