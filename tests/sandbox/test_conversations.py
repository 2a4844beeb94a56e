"""Users and conversations on /v1 and /v0.3: shapes, names, links, ttl."""

import re
import ssl

import httpx
import pytest
from waiting import eventually

from .callers import Application, Caller
from .conftest import StepClock
from .running import Json

MOMENT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z")
UUID = r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}"


@pytest.fixture(params=["/v1", "/v0.3"])
def version(request: pytest.FixtureRequest) -> str:
    """Both versions of the API."""
    return request.param


def test_a_user_has_the_documented_shape(
    app: Application, version: str, ready: Json
) -> None:
    wanted = {
        "name": "alice",
        "display_name": "Alice",
        "image_url": "https://example.com/alice.png",
        "properties": {"custom_data": {"tier": "gold"}},
    }
    answer = app.admin.post(f"{version}/users", wanted)
    assert answer.status_code == 201
    assert answer.headers["content-type"] == "application/json"
    user = answer.json()
    assert re.fullmatch(f"USR-{UUID}", user["id"])
    href = f"{ready['http']}{version}/users/{user['id']}"
    assert user == {
        "id": user["id"],
        **wanted,
        "channels": {},
        "timestamp": {"created": user["timestamp"]["created"]},
        "_links": {"self": {"href": href}},
    }
    assert app.admin.get(f"{version}/users/{user['id']}").json() == user
    listed = app.admin.get(f"{version}/users").json()
    short = {"id": user["id"], "name": "alice", "display_name": "Alice"}
    assert listed["_embedded"] == {
        "users": [{**short, "_links": {"self": {"href": href}}}]
    }


def test_a_conversation_has_the_documented_shape(
    app: Application, version: str, ready: Json
) -> None:
    wanted = {
        "name": "support-42",
        "display_name": "Support 42",
        "image_url": "https://example.com/c.png",
        "properties": {"ttl": 172800, "custom_data": {"desk": 1}},
    }
    answer = app.admin.post(f"{version}/conversations", wanted)
    assert answer.status_code == 201
    made = answer.json()
    assert re.fullmatch(f"CON-{UUID}", made["id"])
    assert MOMENT.fullmatch(made["timestamp"]["created"])
    links = {"self": {"href": f"{ready['http']}{version}/conversations/{made['id']}"}}
    assert made == {
        "id": made["id"],
        **wanted,
        "state": "ACTIVE",
        "sequence_number": 0,
        "timestamp": {"created": made["timestamp"]["created"]},
        "_links": links,
    }
    assert app.admin.get(f"{version}/conversations/{made['id']}").json() == made
    listed = app.admin.get(f"{version}/conversations").json()
    shown = ("id", "name", "display_name", "image_url", "timestamp", "_links")
    assert listed["_embedded"] == {"conversations": [{key: made[key] for key in shown}]}


def test_a_conversation_needs_no_fields(app: Application) -> None:
    made = app.admin.post("/v1/conversations").json()
    assert re.fullmatch(f"NAM-{UUID}", made["name"])
    assert made["properties"] == {}, "the older command line reads .properties.ttl"


def test_links_use_the_scheme_and_host_of_the_request(
    app: Application, ready: Json
) -> None:
    app.user("alice")
    headers = {"Authorization": f"Bearer {app.minter.mint()}"}
    trusting = ssl.create_default_context(cafile=ready["ca"])
    for base in (ready["http"], ready["tls"]):
        for host in ("127.0.0.1", "localhost"):
            url = base.replace("127.0.0.1", host)
            answer = httpx.get(
                f"{url}/v1/users", headers=headers, verify=trusting, trust_env=False
            )
            page = answer.json()
            user = page["_embedded"]["users"][0]
            assert user["_links"]["self"]["href"].startswith(f"{url}/v1/users/USR-")
            assert page["_links"]["self"]["href"].startswith(f"{url}/v1/users?")


def test_users_and_conversations_are_found_by_id_or_name(
    app: Application, version: str
) -> None:
    user = app.user("alice")
    conversation = app.conversation(name="support 42%? #/é")
    by_name = app.admin.get(f"{version}/users/alice")
    assert by_name.json()["id"] == user["id"]
    found = app.admin.get(f"{version}/conversations/support%2042%25%3F%20%23%2Fé")
    assert found.json()["id"] == conversation
    path = f"{version}/conversations/support%2042%25%3F%20%23%2Fé"
    page = app.admin.get(f"{path}/events").json()
    again = app.admin.http.get(
        page["_links"]["self"]["href"],
        headers={"Authorization": f"Bearer {app.minter.mint()}"},
    )
    assert again.status_code == 200, "the link leads back to its page"


def test_me_is_the_user_of_the_token(app: Application, version: str) -> None:
    user = app.user("alice")
    app.user("bob")
    assert app.caller("alice").get(f"{version}/users/me").json()["id"] == user["id"]
    assert app.admin.get(f"{version}/users/me").status_code == 404


def test_put_replaces_a_conversation_and_patch_changes_it(app: Application) -> None:
    conversation = app.conversation(
        name="first", display_name="First", properties={"type": "quick_chat"}
    )
    path = f"/v0.3/conversations/{conversation}"
    patched = app.admin.patch(path, {"display_name": "Second"})
    assert patched.status_code == 200
    body = patched.json()
    assert (body["name"], body["display_name"]) == ("first", "Second")
    assert body["properties"] == {"type": "quick_chat"}
    assert MOMENT.fullmatch(body["timestamp"]["updated"])
    put = app.admin.put(path, {"name": "third"}).json()
    assert put["name"] == "third"
    assert "display_name" not in put
    assert put["properties"] == {}


def test_changing_a_conversation_adds_an_event_to_it(app: Application) -> None:
    conversation = app.conversation(name="first")
    app.admin.put(f"/v1/conversations/{conversation}", {"name": "second"})
    [event] = app.events(conversation)
    assert (event["id"], event["type"]) == (1, "conversation:updated")
    assert event["body"]["name"] == "second"
    now = app.admin.get(f"/v1/conversations/{conversation}").json()
    assert now["sequence_number"] == 1


def test_a_deleted_conversation_is_gone_with_everything_in_it(app: Application) -> None:
    conversation, [member] = app.chat("alice")
    path = f"/v1/conversations/{conversation}"
    answer = app.admin.delete(path)
    assert (answer.status_code, answer.content) == (204, b"")
    for gone in (path, f"{path}/events", f"{path}/members/{member}"):
        assert app.admin.get(gone).status_code == 404
    mine = app.admin.get("/v1/users/alice/conversations").json()
    assert mine["_embedded"]["conversations"] == []


def test_a_conversation_ends_with_its_ttl_and_frees_its_name(
    app: Application, step_clock: StepClock
) -> None:
    conversation = app.conversation(name="short", properties={"ttl": 600})
    app.user("alice")
    app.member(conversation, "alice")
    path = f"/v1/conversations/{conversation}"
    assert app.admin.get(path).status_code == 200
    step_clock(601)
    eventually(lambda: app.admin.get(path).status_code == 404)
    assert app.admin.get(f"{path}/events").status_code == 404
    listed = app.admin.get("/v1/conversations").json()["_embedded"]
    assert listed == {"conversations": []}
    mine = app.admin.get("/v1/users/alice/conversations").json()["_embedded"]
    assert mine == {"conversations": []}
    app.conversation(name="short")


def test_a_ttl_of_thousands_of_years_doesnt_end(app: Application) -> None:
    conversation = app.conversation(properties={"ttl": 2**53 - 1})
    assert app.admin.get(f"/v1/conversations/{conversation}").status_code == 200


def test_a_users_conversations_include_its_member(
    app: Application, version: str
) -> None:
    first, [left] = app.chat("alice")
    second = app.conversation()
    member = app.member(second, "alice", "invited")
    app.admin.patch(f"/v1/conversations/{first}/members/{left}", {"state": "left"})
    path = f"{version}/users/alice/conversations"
    page = app.admin.get(path).json()
    found = {one["id"]: one["_embedded"] for one in page["_embedded"]["conversations"]}
    gone, here = (
        {"id": left, "state": "LEFT"},
        {"id": member["id"], "state": "INVITED"},
    )
    assert found == {first: {**gone, "member": gone}, second: {**here, "member": here}}
    for state, wanted in (("LEFT", [first]), ("invited", [second]), ("JOINED", [])):
        chosen = app.admin.get(path, state=state).json()["_embedded"]["conversations"]
        assert [one["id"] for one in chosen] == wanted
    back = app.member(first, "alice")
    joined = app.admin.get(path, state="joined").json()["_embedded"]["conversations"]
    assert [(one["id"], one["_embedded"]["id"]) for one in joined] == [
        (first, back["id"])
    ], "only the newest member of a returning user counts"


def test_a_user_only_sees_its_own_conversations(app: Application) -> None:
    app.chat("alice")
    app.chat("bob")
    alice = app.caller("alice")
    mine = alice.get("/v0.3/users/me/conversations").json()["_embedded"]
    assert len(mine["conversations"]) == 1
    assert alice.get("/v0.3/users/bob/conversations").status_code == 403


def test_a_user_cannot_rename_itself_or_change_another(app: Application) -> None:
    app.user("alice")
    app.user("bob")
    alice = app.caller("alice")
    changed = alice.patch("/v0.3/users/me", {"display_name": "Alice"})
    assert changed.json()["display_name"] == "Alice"
    assert alice.patch("/v0.3/users/me", {"name": "alice"}).status_code == 200
    assert alice.patch("/v0.3/users/me", {"name": "root"}).status_code == 403
    assert alice.patch("/v0.3/users/bob", {"display_name": "B"}).status_code == 403


def test_a_slash_at_the_end_of_a_path_is_tolerated(app: Application) -> None:
    app.user("alice")
    assert app.admin.get("/v0.3/users/alice/conversations/").status_code == 200
    assert app.admin.post("/v0.3/users/", {"name": "bob"}).status_code == 201
    assert app.caller("alice", "/v0.3/users/me").get("/v0.3/users/me/").is_success


@pytest.mark.parametrize("name", ["'; DROP TABLE users; --", "é 名 🙂", "a" * 200])
def test_any_name_is_returned_as_given(app: Application, name: str) -> None:
    user = app.user(name)
    assert app.admin.get(f"/v1/users/{user['id']}").json()["name"] == name
    found = app.admin.get("/v1/users", name=name).json()["_embedded"]["users"]
    assert [one["id"] for one in found] == [user["id"]]


def test_other_pages_on_this_machine_can_call_from_a_browser(
    anyone: Caller, ready: Json
) -> None:
    wanted = {
        "Access-Control-Request-Method": "DELETE",
        "Access-Control-Request-Headers": "authorization,content-type",
    }
    for origin, allowed in (
        ("http://localhost:8888", True),
        ("http://127.0.0.1:5000", True),
        ("https://localhost", True),
        ("http://localhost.example.com", False),
        ("https://example.com", False),
        ("null", False),
    ):
        preflight = anyone.http.options(
            "/v0.3/users/me", headers={"Origin": origin, **wanted}
        )
        given = preflight.headers.get("access-control-allow-origin")
        assert given == (origin if allowed else None)
        # An error must be readable, too, or the page cannot say what is wrong.
        refused = anyone.http.get("/v0.3/users/me", headers={"Origin": origin})
        assert refused.status_code == (401 if allowed else 403)
        given = refused.headers.get("access-control-allow-origin")
        assert given == (origin if allowed else None)
