"""Events: ids without gaps, receipts, deletion, and the many ways to list them."""

import base64
import re
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from .callers import Application, Caller, message
from .running import Json
from .test_conversations import MOMENT
from .test_errors import check


def send(caller: Caller, conversation: str, event: Any) -> httpx.Response:
    """POST an event."""
    return caller.post(f"/v0.3/conversations/{conversation}/events", event)


def ids(events: list[Json]) -> list[int]:
    """Return the ids of events."""
    return [event["id"] for event in events]


def test_an_event_has_the_documented_shape(app: Application, ready: Json) -> None:
    user = app.user(
        "alice",
        display_name="Alice",
        image_url="https://example.com/alice.png",
        properties={"custom_data": {"tier": "gold"}},
    )
    conversation = app.conversation()
    member = app.member(conversation, "alice")["id"]
    path = f"/v1/conversations/{conversation}/events"
    answer = app.caller("alice").post(path, message("Hello"))
    assert answer.status_code == 201
    event = answer.json()
    assert MOMENT.fullmatch(event["timestamp"])
    assert event == {
        "id": 2,
        "type": "message",
        "from": member,
        "body": {"message_type": "text", "text": "Hello"},
        "timestamp": event["timestamp"],
        "_embedded": {
            "from_user": {
                "id": user["id"],
                "name": "alice",
                "display_name": "Alice",
                "image_url": "https://example.com/alice.png",
                "custom_data": {"tier": "gold"},
            },
            "from_member": {"id": member},
        },
        "_links": {"self": {"href": f"{ready['http']}{path}/2"}},
    }
    assert app.admin.get(f"{path}/2").json() == event
    assert app.admin.get(path).json()["_embedded"]["events"][1] == event


@pytest.mark.parametrize(
    ("version", "agent", "is_bare"),
    [
        ("v1", "curl/8.5.0", False),
        ("v1", "vonage-java-sdk/9.3.0 java/21", False),
        ("v1", "vonage-python-sdk/4.9.1 python/3.11.7", False),
        ("v1", "@vonage/server-sdk/3.30.1 node/22.0.0", True),
        ("v1", "vonage-php/4.11.0 php/8.3", True),
        ("v1", "vonage-dotnet/8.0.0", True),
        ("v0.3", "@vonage/server-sdk/3.30.1 node/22.0.0", False),
    ],
)
def test_v1_lists_events_as_a_bare_array_for_sdks_that_expect_it(
    app: Application, version: str, agent: str, is_bare: bool
) -> None:
    conversation, _ = app.chat("alice")
    path = f"/{version}/conversations/{conversation}/events"
    headers = {**app.admin.headers, "User-Agent": agent}
    listed = app.http.get(path, headers=headers).json()["_embedded"]
    [event] = listed if is_bare else listed["events"]
    assert event["type"] == "member:joined"


@pytest.mark.parametrize(
    "event",
    [
        message('I can\'t log in <b>&amp; "quotes"'),
        {"type": "message", "body": {"message_type": "image", "image": {"url": "u"}}},
        {"type": "message", "body": {"message_type": "file", "file": {"url": "u"}}},
        {"type": "message", "body": {"message_type": "custom", "custom": {"a": 1}}},
        {
            "type": "message",
            "body": {
                "message_type": "template",
                "template": {"name": "t", "parameters": []},
                "whatsapp": {"policy": "deterministic", "locale": "en-GB"},
            },
        },
        {
            "type": "message",
            "body": {
                "message_type": "location",
                "location": {"longitude": 1.5, "latitude": 2.5},
            },
        },
        {"type": "text", "body": {"text": "from an older client"}},
        {"type": "image", "body": {"representations": {"id": "1"}}},
        {"type": "custom:hand-over", "body": {"to": ["sales", None, 1.5]}},
        {"type": "message:seen", "body": {"event_id": 1}},
        {"type": "message:delivered", "body": {"event_id": 1}},
        {"type": "message:submitted", "body": {"event_id": 1}},
        {"type": "message:rejected", "body": {"event_id": 1}},
        {"type": "message:undeliverable", "body": {"event_id": 1}},
        {"type": "text:seen", "body": {"event_id": 1}},
    ],
)
def test_every_kind_of_event_is_stored_as_it_was_sent(
    app: Application, event: Json
) -> None:
    conversation, _ = app.chat("alice")
    answer = send(app.caller("alice"), conversation, event)
    assert answer.status_code == 201
    assert answer.json()["id"] == 2
    stored = app.events(conversation)[1]
    assert (stored["type"], stored["body"]) == (event["type"], event["body"])


@pytest.mark.parametrize("kind", ["ephemeral", "text:typing:on", "text:typing:off"])
def test_transient_events_arent_stored(app: Application, kind: str) -> None:
    conversation, _ = app.chat("alice")
    answer = send(app.caller("alice"), conversation, {"type": kind, "body": {"a": 1}})
    assert answer.status_code == 201
    assert "id" not in answer.json()
    assert answer.json()["timestamp"]
    assert ids(app.events(conversation)) == [1]
    app.say(conversation, "next")
    assert ids(app.events(conversation)) == [1, 2]


def test_the_message_type_is_lower_case_as_the_sdks_expect(
    app: Application,
) -> None:
    conversation, _ = app.chat("alice")
    shouted = {"type": "message", "body": {"message_type": "TEXT", "text": "hi"}}
    answer = send(app.caller("alice"), conversation, shouted)
    assert answer.json()["body"]["message_type"] == "text"


def test_ids_have_no_gaps_when_twenty_write_at_once(app: Application) -> None:
    conversation, _ = app.chat(*(f"user-{number}" for number in range(20)))

    def write(number: int) -> list[int]:
        caller = app.caller(f"user-{number}")
        given = []
        for turn in range(5):
            answer = send(caller, conversation, message(f"{number}.{turn}"))
            assert answer.status_code == 201
            given.append(answer.json()["id"])
            refused = send(caller, conversation, {"type": "message", "body": {}})
            assert refused.status_code == 400
        assert given == sorted(given)
        return given

    with ThreadPoolExecutor(20) as pool:
        given = [one for some in pool.map(write, range(20)) for one in some]
    assert sorted(given) == list(range(21, 121))
    stored = app.events(conversation, start_id="21")
    assert ids(stored) == list(range(21, 121))
    texts = [event["body"]["text"] for event in stored]
    for number in range(20):
        mine = [text for text in texts if text.startswith(f"{number}.")]
        assert mine == [f"{number}.{turn}" for turn in range(5)]
    now = app.admin.get(f"/v1/conversations/{conversation}").json()
    assert now["sequence_number"] == 120


def test_ids_belong_to_one_conversation(app: Application) -> None:
    first, _ = app.chat("alice")
    second, _ = app.chat("bob")
    app.say(first, "one")
    app.say(second, "two")
    assert ids(app.events(first)) == ids(app.events(second)) == [1, 2]


def test_receipts_become_part_of_their_events_state(app: Application) -> None:
    conversation, [alice, bob] = app.chat("alice", "bob")
    said = app.say(conversation, "Hello", alice)
    for kind in ("message:delivered", "message:seen"):
        receipt = {"type": kind, "body": {"event_id": said["id"]}}
        assert send(app.caller("bob"), conversation, receipt).status_code == 201
    path = f"/v1/conversations/{conversation}/events/{said['id']}"
    state = app.admin.get(path).json()["state"]
    assert set(state) == {"delivered_to", "seen_by"}
    assert MOMENT.fullmatch(state["delivered_to"][bob])
    send(
        app.caller("bob"),
        conversation,
        {"type": "message:seen", "body": {"event_id": said["id"]}},
    )
    assert app.admin.get(path).json()["state"] == state, "only the first time counts"
    assert "state" not in app.events(conversation)[0]


@pytest.mark.parametrize("event_id", [99, 2**53 - 1])
def test_a_receipt_for_an_unknown_event_is_refused(
    app: Application, event_id: int
) -> None:
    conversation, _ = app.chat("alice")
    receipt = {"type": "message:seen", "body": {"event_id": event_id}}
    answer = send(app.caller("alice"), conversation, receipt)
    assert answer.status_code == 404
    assert answer.json()["code"] == "event:error:not-found"
    assert ids(app.events(conversation)) == [1], "the event got no id"


def test_a_deleted_message_is_emptied_and_everybody_gets_the_deletion(
    app: Application,
) -> None:
    conversation, [alice] = app.chat("alice")
    said = app.say(conversation, "a secret", alice)
    path = f"/v0.3/conversations/{conversation}/events/{said['id']}"
    answer = app.caller("alice").delete(path, **{"from": alice})
    assert (answer.status_code, answer.content) == (204, b"")
    _, emptied, told = app.events(conversation)
    moment = emptied["body"]["timestamp"]
    assert emptied["body"] == {"message_type": "text", "text": "", "timestamp": moment}
    assert MOMENT.fullmatch(emptied["body"]["timestamp"]["deleted"])
    assert (told["type"], told["body"]) == ("event:delete", {"event_id": said["id"]})
    assert told["from"] == alice
    left = app.events(conversation, exclude_deleted_events="true")
    assert ids(left) == [1, 3]
    assert len(app.events(conversation, exclude_deleted_events="false")) == 3


def test_a_user_deletes_only_its_own_messages(app: Application) -> None:
    conversation, [alice, _] = app.chat("alice", "bob")
    said = app.say(conversation, "Hello", alice)
    path = f"/v0.3/conversations/{conversation}/events/{said['id']}"
    assert app.caller("bob").delete(path).status_code == 403
    assert app.admin.get(path).json()["body"]["text"] == "Hello"
    assert app.admin.delete(path).status_code == 204


def test_only_messages_and_custom_events_can_be_deleted(app: Application) -> None:
    conversation, _ = app.chat("alice")
    send(app.admin, conversation, {"type": "custom:note", "body": {"a": 1}})
    path = f"/v1/conversations/{conversation}/events"
    assert app.admin.delete(f"{path}/1").status_code == 400
    assert app.admin.delete(f"{path}/2").status_code == 204
    assert app.admin.delete(f"{path}/77").status_code == 404
    assert app.admin.delete(f"{path}/2").status_code == 404, "it's already gone"
    deletions = [
        one for one in app.events(conversation) if one["type"] != "custom:note"
    ]
    assert ids(deletions) == [1, 3], "nobody gets it twice"


def test_an_event_is_from_the_tokens_own_member(app: Application) -> None:
    conversation, [alice, bob] = app.chat("alice", "bob")
    caller = app.caller("alice")
    assert send(caller, conversation, message("x")).json()["from"] == alice
    own = send(caller, conversation, {**message("x"), "from": alice})
    assert own.status_code == 201
    forged = send(caller, conversation, {**message("x"), "from": bob})
    assert forged.status_code == 403
    for_bob = send(app.admin, conversation, {**message("x"), "from": bob})
    assert for_bob.json()["from"] == bob
    nobody = send(app.admin, conversation, message("x"))
    assert "from" not in nobody.json()
    unknown = send(app.admin, conversation, {**message("x"), "from": "MEM-1"})
    assert unknown.json()["code"] == "conversation:error:member-not-found"


def test_a_member_of_another_conversation_cannot_be_the_sender(
    app: Application,
) -> None:
    conversation, _ = app.chat("alice")
    _, [bob] = app.chat("bob")
    answer = send(app.admin, conversation, {**message("x"), "from": bob})
    assert answer.json()["code"] == "conversation:error:member-not-found"


def test_only_joined_members_can_write(app: Application) -> None:
    conversation = app.conversation()
    app.user("alice")
    invited = app.member(conversation, "alice", "invited")
    for caller in (app.caller("alice"), app.admin):
        answer = send(caller, conversation, {**message("x"), "from": invited["id"]})
        assert answer.json()["code"] == "conversation:error:invalid-member-state"


@pytest.fixture
def spoken(app: Application) -> str:
    """A conversation of 25 messages, after alice has joined."""
    conversation, [alice] = app.chat("alice")
    for number in range(2, 27):
        app.say(conversation, f"message {number}", alice)
    return conversation


@pytest.mark.parametrize("order", ["asc", "DESC"])
def test_events_can_be_paged_forward_and_back_with_their_links(
    app: Application, spoken: str, order: str
) -> None:
    headers = {"Authorization": f"Bearer {app.minter.mint()}"}

    def read(href: str) -> Json:
        answer = app.http.get(href, headers=headers)
        assert answer.status_code == 200
        return answer.json()

    page = read(f"/v1/conversations/{spoken}/events?page_size=10&order={order}")
    pages = [page]
    while "next" in page["_links"]:
        page = read(page["_links"]["next"]["href"])
        pages.append(page)
    wanted = list(range(1, 27))
    if order == "DESC":
        wanted.reverse()
    assert [id for page in pages for id in ids(page["_embedded"]["events"])] == wanted
    assert [len(page["_embedded"]["events"]) for page in pages] == [10, 10, 6]
    assert "prev" not in pages[0]["_links"]
    back = pages[-1]
    for earlier in pages[-2::-1]:
        back = read(back["_links"]["prev"]["href"])
        assert ids(back["_embedded"]["events"]) == ids(earlier["_embedded"]["events"])
    assert "prev" not in back["_links"]
    for page in pages:
        assert ids(read(page["_links"]["self"]["href"])["_embedded"]["events"]) == ids(
            page["_embedded"]["events"]
        )
        first = read(page["_links"]["first"]["href"])["_embedded"]["events"]
        assert ids(first) == wanted[:10]


def test_every_cursor_works_in_the_browser_sdks(app: Application, spoken: str) -> None:
    path = f"/v0.3/conversations/{spoken}/events"
    for size in (1, 2, 3, 9, 24):
        query = {"page_size": size, "event_type": "message", "order": "ASC"}
        href = f"{path}?" + "&".join(f"{key}={value}" for key, value in query.items())
        while True:
            answer = app.admin.get(href)
            links = answer.json()["_links"]
            if "next" not in links:
                break
            href = links["next"]["href"]
            parts = parse_qsl(urlsplit(href).query)
            names = [name for name, _ in parts]
            assert names[0] != "cursor"
            found = dict(parts)
            # Look for it as the SDK does: by splitting, without decoding.
            assert f"cursor={found['cursor']}" in href.split("?")[1].split("&")
            assert re.fullmatch(r"[\w-]+", found["cursor"])
            assert found["event_type"] == "message", "the link contains the filters"
            assert found["page_size"] == str(size)


def test_events_between_two_ids_are_listed(app: Application, spoken: str) -> None:
    assert ids(app.events(spoken, start_id="20")) == list(range(20, 27))
    assert ids(app.events(spoken, end_id="3")) == [1, 2, 3]
    assert ids(app.events(spoken, start_id="5", end_id="7")) == [5, 6, 7]
    assert ids(app.events(spoken, start_id="27")) == []
    assert ids(app.events(spoken, start_id=str(2**53 - 1))) == []
    downwards = app.events(spoken, start_id="5", end_id="7", order="desc")
    assert ids(downwards) == [7, 6, 5]


def test_events_are_listed_by_type(app: Application) -> None:
    conversation, [alice] = app.chat("alice")
    app.say(conversation, "hello", alice)
    for kind in ("custom:a[b]", "custom:a", "custom:?"):
        answer = send(app.admin, conversation, {"type": kind})
        assert answer.status_code == (201 if kind == "custom:a" else 400)
    send(app.admin, conversation, {"type": "message:seen", "body": {"event_id": 2}})
    for wanted, found in (
        ("message", [2]),
        ("member:*", [1]),
        ("message,member:joined", [1, 2]),
        ("custom:*,message:*", [3, 4]),
        ("*", [1, 2, 3, 4]),
        ("custom:?", []),
        ("custom:[a]", []),
        ("nothing", []),
        ("", []),
    ):
        assert ids(app.events(conversation, event_type=wanted)) == found


def test_the_browser_sdks_requests_are_understood(
    app: Application, spoken: str
) -> None:
    answer = app.caller("alice").get(
        f"/v0.3/conversations/{spoken}/events",
        order="ASC",
        page_size=5,
        filter_group_type="ChatEvents",
        filter_group_version=3,
        exclude_deleted_events="true",
    )
    assert ids(answer.json()["_embedded"]["events"]) == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(
    "cursor",
    [
        "junk",
        "=",
        "é",
        "W10",
        base64.urlsafe_b64encode(b"[1]").decode(),
        base64.urlsafe_b64encode(b'["1",0]').decode(),
        base64.urlsafe_b64encode(b"[1e400,0]").decode(),
        base64.urlsafe_b64encode(b"[true,0]").decode(),
        base64.urlsafe_b64encode(b"[99999999999999999999,0]").decode(),
        base64.urlsafe_b64encode(b"[" * 5000).decode(),
        "A" * 30_000,
    ],
)
def test_an_invalid_cursor_is_refused(
    app: Application, spoken: str, cursor: str
) -> None:
    check(
        app.admin.get(f"/v1/conversations/{spoken}/events", cursor=cursor),
        400,
        "paginator-builder:error:invalid-cursor",
        "Bad request.",
        "The cursor is not valid. Please follow the links of the last page.",
    )


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"page_size": "0"}, '"page_size" must be greater than or equal to 1'),
        ({"page_size": "-5"}, '"page_size" must be greater than or equal to 1'),
        ({"page_size": "101"}, '"page_size" must be less than or equal to 100'),
        ({"page_size": "9" * 400}, '"page_size" must be a number'),
        ({"page_size": "--5"}, '"page_size" must be a number'),
        ({"page_size": "ten"}, '"page_size" must be a number'),
        ({"page_size": "\u0661"}, '"page_size" must be a number'),
        ({"page_size": "1.5"}, '"page_size" must be an integer'),
        ({"page_size": ""}, '"page_size" must be a number'),
        ({"order": "up"}, '"order" must be one of [asc, desc, ASC, DESC]'),
        ({"start_id": "x"}, '"start_id" must be a number'),
        ({"end_id": "-1"}, '"end_id" must be greater than or equal to 0'),
        ({"start_id": "\u0663"}, '"start_id" must be a number'),
        ({"start_id": "9" * 19}, '"start_id" must be a safe number'),
        (
            {"event_type": "a," * 5000},
            '"event_type" length must be less than or equal to 1000 characters long',
        ),
    ],
)
def test_an_invalid_query_is_refused(
    app: Application, query: dict[str, str], sentence: str
) -> None:
    conversation = app.conversation()
    answer = app.admin.get(f"/v1/conversations/{conversation}/events", **query)
    assert answer.status_code == 400
    [name] = query
    assert answer.json()["invalid_parameters"] == [{"name": name, "reason": sentence}]


def test_an_event_type_filter_of_the_maximum_length_works(app: Application) -> None:
    conversation, _ = app.chat("alice")
    assert app.events(conversation, event_type=",".join(["a" * 9] * 100)) == []
    assert len(app.events(conversation, event_type="*" * 1000)) == 1


def test_a_custom_events_size_is_measured_in_bytes_as_sent(app: Application) -> None:
    conversation, _ = app.chat("alice")
    fits = {"type": "custom:x", "body": {"a": "é" * ((4096 - len('{"a":""}')) // 2)}}
    assert send(app.admin, conversation, fits).status_code == 201
    fits["body"]["a"] += "é"
    assert send(app.admin, conversation, fits).status_code == 400
