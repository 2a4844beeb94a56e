"""What the real service was observed to do. Each row is one in CONFORMANCE.md."""

import httpx
import pytest

from .callers import Application, Caller
from .running import Json
from .sockets import Socket


@pytest.mark.parametrize(
    ("version", "body", "wrong"),
    [
        *(("v0.1", {"properties": {"ttl": ttl}}, None) for ttl in ("1", "1.2323")),
        ("v0.1", {"properties": {"ttl": "101.22"}}, None),
        ("v0.1", {"properties": {"ttl": "1000000000000"}}, None),
        ("v0.1", {"properties": {"ttl": -1}}, ("ttl", "greater than or equal to 0")),
        ("v0.1", {"properties": {"ttl": None}}, ("ttl", "must be a number")),
        ("v0.1", {"properties": {"ttl": "1" + "0" * 16}}, ("ttl", "a safe number")),
        ("v1", {"properties": {"ttl": "60"}}, None),
        ("v1", {"properties": {"ttl": "1.5"}}, ("ttl", "must be an integer")),
        ("v0.1", {"image_url": ""}, None),
        ("v0.1", {"image_url": "test"}, ("image_url", "must be a valid uri")),
        ("v0.1", {"image_url": None}, ("image_url", "must be a string")),
        ("v0.1", {"display_name": None}, None),
        ("v0.1", {"display_name": "  "}, None),
        ("v0.1", {"display_name": ""}, ("display_name", "not allowed to be empty")),
        *(("v0.1", {"name": name}, None) for name in ("", "   ", "n" * 106)),
        *(
            ("v0.1", {field: value}, (field, "must be a string"))
            for field in ("name", "display_name")
            for value in (True, 1, 11.22, [])
        ),
        ("v0.1", {"name": None}, ("name", "must be a string")),
        ("v0.1", {"image_url": "  "}, ("image_url", "must be a valid uri")),
        ("v0.1", {"properties": None}, ("properties", "must be of type object")),
        ("v0.1", {"properties": {"ttl": "  "}}, ("ttl", "must be a number")),
        ("v0.1", {"properties": {"ttl": ""}}, ("ttl", "must be a number")),
        ("v0.1", {"properties": {"ttl": 0}}, None),
        ("v1", {"name": "n" * 101}, ("name", "less than or equal to 100")),
        ("v0.1", {"properties": {"more": 1}}, ("more", "is not allowed")),
        ("v0.3", {"properties": {"more": 1}}, ("more", "is not allowed")),
        ("v0.3", {"more": 1}, None),
    ],
)
def test_a_conversation_is_validated_as_the_service_does(
    app: Application, version: str, body: Json, wrong: tuple[str, str] | None
) -> None:
    answer = app.admin.post(f"/{version}/conversations", body)
    if wrong is None:
        assert answer.is_success, answer.text
        return
    name, sentence = wrong
    assert answer.status_code == 400
    told = answer.json()
    if version == "v0.1":
        [said] = told["error"][name]
    else:
        [said] = [one["reason"] for one in told["invalid_parameters"]]
    assert said.startswith(f'"{name}" ')
    assert sentence in said


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"date_start": "test"}, '"date_start" must be in ISO 8601 date format'),
        (
            {"record_index": "-1"},
            '"record_index" must be greater than or equal to 0',
        ),
        ({"record_index": "test"}, '"record_index" must be a number'),
        ({"record_index": ""}, '"record_index" must be a number'),
        ({"page_size": "-1"}, '"page_size" must be greater than or equal to 1'),
        ({"page_size": "101"}, '"page_size" must be less than or equal to 100'),
        ({"page_size": "true"}, '"page_size" must be a number'),
    ],
)
def test_a_query_is_validated_as_the_service_does(
    app: Application, query: Json, sentence: str
) -> None:
    answer = app.admin.get("/v0.1/conversations", **query)
    assert (answer.status_code, answer.json()["error"]) == (
        400,
        {next(iter(query)): [sentence]},
    )


def test_a_list_in_the_2019_version_is_linked_without_its_query(
    app: Application,
) -> None:
    app.conversation()
    query = {"order": "ASC", "page_size": 10, "record_index": 10_000}
    page = app.admin.get("/v0.1/conversations", **query).json()
    assert (page["page_size"], page["record_index"]) == (10, 10_000)
    assert page["_embedded"]["conversations"] == []
    assert page["_links"]["self"]["href"].endswith("/v0.1/conversations")
    for order in ("ASC1", "", "true"):
        answer = app.admin.get("/v0.1/conversations", order=order)
        assert answer.status_code == 400
    answer = app.admin.get("/v0.1/conversations/")  # one conversation, with an empty id
    told = ['"conversation_id" is not allowed to be empty']
    assert (answer.status_code, answer.json()["error"]) == (
        400,
        {"conversation_id": told},
    )


def test_an_unsupported_method_gets_the_2019_versions_error(
    app: Application,
) -> None:
    for method, path in (("DELETE", ""), ("PUT", ""), ("PATCH", ""), ("POST", "/test")):
        answer = app.admin.call(method, f"/v0.1/conversations{path}", {})
        assert (answer.status_code, answer.json()) == (
            405,
            {
                "code": "http:error:method-not-allowed",
                "description": "Request method not supported.",
            },
        )


def test_a_number_in_a_query_may_be_quoted(app: Application) -> None:
    conversation = app.conversation()
    for text in ("one", "two", "three"):
        app.say(conversation, text)
    for size, start in (("2.0", "+2"), (" 2", "2e0")):
        shown = app.admin.get(
            f"/v1/conversations/{conversation}/events", page_size=size, start_id=start
        )
        ids = [event["id"] for event in shown.json()["_embedded"]["events"]]
        assert (shown.json()["page_size"], ids) == (2, [2, 3])


def test_all_mistakes_are_reported_at_once(app: Application) -> None:
    body = {"name": 5, "properties": {"ttl": "x", "more": 1}, "callback": {"url": "x"}}
    told = app.admin.post("/v0.3/conversations", body).json()["invalid_parameters"]
    assert {one["name"]: one["reason"] for one in told} == {
        "name": '"name" must be a string',
        "properties.ttl": '"ttl" must be a number',
        "properties.more": '"more" is not allowed',
        "callback.url": '"url" must be a valid uri',
    }


def test_a_user_can_read_a_conversation_that_it_hasnt_joined(
    app: Application,
) -> None:
    conversation, _ = app.chat("alice")
    app.user("bob")
    bob, path = app.caller("bob"), f"/v0.3/conversations/{conversation}"
    assert bob.get(path).json()["id"] == conversation
    mine = bob.get(f"{path}/members/me")
    assert mine.json()["code"] == "conversation:error:member-not-found"
    for closed in ("events", "members"):
        assert bob.get(f"{path}/{closed}").status_code == 404
    elsewhere = app.caller("bob", "/*/conversations/CON-1/**")
    assert elsewhere.get(path).status_code == 403, "an ACL keeps a chat private"


def test_a_location_is_sent_as_strings_or_as_numbers(app: Application) -> None:
    conversation, [alice] = app.chat("alice")
    for place in (
        {"longitude": "1.5", "latitude": "2"},
        {"longitude": 1, "latitude": 2},
    ):
        body = {"message_type": "location", "location": place}
        event = {"type": "message", "from": alice, "body": body}
        sent = app.admin.post(f"/v0.3/conversations/{conversation}/events", event)
        assert sent.json()["body"]["location"] == place


def test_a_tokens_id_can_be_a_number(app: Application) -> None:
    token = app.minter.mint("alice", {"paths": {"/**": {}}}, claims={"jti": 1234567})
    app.user("alice")
    assert app.bearer(token).get("/v1/users/me").is_success


@pytest.mark.parametrize("version", ["v1", "v0.3"])
def test_a_member_is_removed_with_delete(app: Application, version: str) -> None:
    conversation, [alice] = app.chat("alice")
    path = f"/{version}/conversations/{conversation}/members/{alice}"
    assert app.admin.delete(path, reason_text="bye").status_code == 204
    left = app.events(conversation)[-1]
    assert (left["type"], left["body"]["reason"]) == ("member:left", {"text": "bye"})


@pytest.mark.parametrize("version", ["beta2", "v0.2"])
def test_beta2_can_create_and_change_too(app: Application, version: str) -> None:
    made = app.admin.post(f"/{version}/conversations", {"name": "support"})
    assert (made.status_code, sorted(made.json())) == (200, ["href", "id"])
    one = f"/{version}/conversations/{made.json()['id']}"
    assert app.admin.put(one, {"display_name": "Help"}).is_success
    user = app.admin.post(f"/{version}/users", {"name": "alice"}).json()
    join = {"action": "join", "user_id": user["id"], "channel": {"type": "app"}}
    assert app.admin.post(f"{one}/members", join).json()["state"] == "JOINED"
    assert app.admin.get(one).json()["display_name"] == "Help"
    gone = app.admin.delete(one)
    assert (gone.status_code, gone.json()) == (200, {})


def test_a_member_knows_who_invited_it(app: Application) -> None:
    conversation, [alice] = app.chat("alice")
    for name in ("bob", "carol"):
        app.user(name)
    path = f"/v1/conversations/{conversation}/members"
    bob = {"state": "invited", "user": {"name": "bob"}}
    assert app.caller("alice").post(path, bob).json()["invited_by"] == alice
    carol = {"state": "invited", "user": {"name": "carol"}, "member_id_inviting": alice}
    assert app.admin.post(path, carol).json()["invited_by"] == alice


def test_a_user_has_its_creation_and_update_times(app: Application) -> None:
    made = app.user("alice")["timestamp"]
    changed = app.admin.patch("/v1/users/alice", {"display_name": "Alice"}).json()
    assert changed["timestamp"]["created"] == made["created"]
    assert changed["timestamp"]["updated"] >= made["created"]


def test_a_state_and_media_are_stored(app: Application) -> None:
    conversation = app.conversation()
    path = f"/v1/conversations/{conversation}"
    assert app.admin.put(path, {"state": "INACTIVE"}).json()["state"] == "INACTIVE"
    assert app.admin.get(path).json()["state"] == "INACTIVE"
    app.user("alice")
    media = {"audio_settings": {"enabled": True}, "audio": True}
    new = {"state": "joined", "user": {"name": "alice"}, "media": media}
    kept = app.admin.post(f"{path}/members", new).json()["media"]
    assert kept["audio"] is True
    assert kept["audio_settings"]["enabled"] is True
    assert kept["audio_settings"]["muted"] is False


def test_a_name_isnt_an_id(app: Application) -> None:
    app.user("alice")
    path = f"/v1/conversations/{app.conversation()}/members"
    answer = app.admin.post(path, {"state": "joined", "user": {"id": "alice"}})
    assert answer.json()["code"] == "user:error:not-found"


def _application(capability: str, webhook: str, address: str) -> Json:
    webhooks = {webhook: {"address": address, "http_method": "POST"}}
    return {"name": "x", "capabilities": {capability: {"webhooks": webhooks}}}


@pytest.mark.parametrize(
    ("capability", "webhook", "address", "is_good"),
    [
        ("rtc", "event_url", "https://shop.example/event", True),
        ("rtc", "answer_url", "https://shop.example/answer", False),
        ("voice", "answer_url", "https://shop.example/answer", True),
        ("rtc", "event_url", "http://127.0.0.1:80800/event", False),
        *(
            ("rtc", "event_url", bad, False)
            for bad in ("a", "/event", "ftp://x/", "http://x y/", "\0")
        ),
    ],
)
def test_an_application_only_has_its_capabilities_webhooks(
    account: Caller, capability: str, webhook: str, address: str, is_good: bool
) -> None:
    answer = account.post(
        "/v2/applications", _application(capability, webhook, address)
    )
    assert answer.status_code == (201 if is_good else 400), answer.text
    if not is_good:
        [wrong] = answer.json()["invalid_parameters"]
        assert wrong["name"].startswith(f"capabilities.{capability}.webhooks.{webhook}")


@pytest.mark.parametrize("engine", ["3", "4"])
def test_an_unknown_namespace_is_refused(ready: Json, engine: str) -> None:
    with Socket(ready["http"], EIO=engine) as socket:
        for _ in range(2 if engine == "3" else 1):
            socket.raw.recv(timeout=60)
        socket.raw.send("40/shop,")
        told = '"Invalid namespace"'
        assert socket.raw.recv(timeout=60) == (
            f"44/shop,{told}" if engine == "3" else f'44/shop,{{"message": {told}}}'
        )


def test_from_user_has_the_users_fields(app: Application) -> None:
    conversation, [alice, bob] = app.chat("alice", "bob")
    app.admin.patch("/v1/users/bob", {"image_url": "https://example.com/bob.png"})
    told = [
        app.say(conversation, "Hello", member)["_embedded"]["from_user"]
        for member in (alice, bob)
    ]
    assert [sorted(user) for user in told] == [
        ["id", "name"],
        ["id", "image_url", "name"],
    ]


# These broke once without any test noticing.


def test_a_message_is_deleted_once(app: Application) -> None:
    conversation, [alice] = app.chat("alice")
    said = app.say(conversation, "a secret", alice)
    path = f"/v1/conversations/{conversation}/events/{said['id']}"
    assert app.admin.delete(path).status_code == 204
    assert app.admin.delete(path).status_code == 404
    kinds = [event["type"] for event in app.events(conversation)]
    assert kinds.count("event:delete") == 1


@pytest.mark.parametrize("path", ["/v1/users/", "/v1/users//conversations"])
def test_a_star_doesnt_match_an_empty_segment(app: Application, path: str) -> None:
    app.user("alice")
    caller = app.caller("alice", "/*/users/*", "/*/users/*/conversations")
    assert caller.get(path).status_code in (403, 404)


def test_a_websocket_cannot_be_opened_from_an_unknown_host_name(ready: Json) -> None:
    headers = {
        "Host": "evil.example",
        "Connection": "Upgrade",
        "Upgrade": "websocket",
        "Sec-WebSocket-Version": "13",
        "Sec-WebSocket-Key": "dGhlIHNhbXBsZSBub25jZQ==",
    }
    address = f"{ready['http']}/v2/rtc/?EIO=4&transport=websocket"
    answer = httpx.get(address, headers=headers, trust_env=False)
    assert answer.status_code == 403
