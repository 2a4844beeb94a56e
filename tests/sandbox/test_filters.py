"""Lists, filtered and sorted."""

from datetime import UTC, datetime, timedelta

import pytest

from .callers import Application
from .running import Json


def names(answer: Json, of: str = "conversations") -> list[str]:
    """Return the names in a list that was returned."""
    return [one["name"] for one in answer["_embedded"][of]]


@pytest.fixture
def three(app: Application) -> Application:
    """An application with alice, who has joined three conversations."""
    app.user("alice")
    for name, key in (("first", "c"), ("second", None), ("third", "b")):
        properties: Json = {"custom_data": {"of": name}}
        if key:
            properties["custom_sort_key"] = key
        app.member(app.conversation(name=name, properties=properties), "alice")
    return app


def created(app: Application, name: str) -> str:
    """Return when a conversation was created."""
    return app.admin.get(f"/v1/conversations/{name}").json()["timestamp"]["created"]


@pytest.mark.parametrize(
    "path", ["/v1/conversations", "/v0.3/users/alice/conversations"]
)
def test_a_list_can_begin_and_end_at_a_given_time(
    three: Application, path: str
) -> None:
    moment = datetime.fromisoformat(created(three, "second"))
    before, after = moment - timedelta(days=1), moment + timedelta(days=1)

    def found(**query: str) -> list[str]:
        return names(three.admin.get(path, **query).json())

    everything = ["first", "second", "third"]
    assert found(date_start=before.isoformat()) == everything
    assert found(date_start=after.isoformat()) == []
    assert found(date_end=after.isoformat()) == everything
    assert found(date_end=before.isoformat()) == []
    # The formats that Java and .NET send, and another time zone.
    assert found(date_start=f"{before:%Y-%m-%d %H:%M:%S}") == everything
    assert found(date_start=f"{before:%Y-%m-%dT%H:%M:%SZ}") == everything
    assert found(date_start=(before.isoformat()[:-6] + "+13:00")) == everything


def test_the_exact_time_is_included_in_the_list(three: Application) -> None:
    moment = created(three, "second")
    query = {"date_start": moment, "date_end": moment}
    assert "second" in names(three.admin.get("/v1/conversations", **query).json())


@pytest.mark.parametrize("name", ["date_start", "date_end"])
@pytest.mark.parametrize(
    "given", ["yesterday", "", "2026-13-01", "0001-01-01T00:00+23:00"]
)
def test_an_invalid_time_is_refused(app: Application, name: str, given: str) -> None:
    answer = app.admin.get("/v1/conversations", **{name: given})
    assert answer.status_code == 400
    [wrong] = answer.json()["invalid_parameters"]
    assert wrong == {
        "name": name,
        "reason": f'"{name}" must be in ISO 8601 date format',
    }


def test_conversations_are_found_by_name(three: Application) -> None:
    found = three.admin.get("/v1/conversations", name="second").json()
    assert names(found) == ["second"]
    assert "name=second" in found["_links"]["self"]["href"]
    assert names(three.admin.get("/v1/conversations", name="none").json()) == []


def test_a_users_conversations_are_in_the_order_of_their_sort_keys(
    three: Application,
) -> None:
    path = "/v0.3/users/alice/conversations"
    query = {"order_by": "custom_sort_key", "page_size": 1}
    ordered, page = [], three.admin.get(path, **query)
    while True:
        ordered += names(page.json())
        following = page.json()["_links"].get("next")
        if following is None:
            break
        page = three.admin.get(following["href"])
    assert ordered == ["second", "third", "first"], (
        "conversations without a key come first"
    )
    backwards = three.admin.get(page.json()["_links"]["prev"]["href"]).json()
    assert names(backwards) == ["third"]
    down = three.admin.get(path, order="desc", order_by="custom_sort_key").json()
    assert names(down) == ["first", "third", "second"]
    assert three.admin.get(path, order_by="size").status_code == 400


def test_custom_data_can_be_left_out(three: Application) -> None:
    path = "/v0.3/users/alice/conversations"
    for given, expected in (("true", True), ("false", False)):
        found = three.admin.get(path, include_custom_data=given).json()
        properties = found["_embedded"]["conversations"][0]["properties"]
        assert ("custom_data" in properties) is expected
    assert three.admin.get(path, include_custom_data="7").status_code == 400


def test_the_previous_page_is_linked_only_while_it_exists(app: Application) -> None:
    for name in ("anna", "bela", "carl"):
        app.user(name)
    page = app.admin.get("/v1/users", page_size=1).json()
    page = app.admin.get(page["_links"]["next"]["href"]).json()
    assert names(page, "users") == ["bela"]
    assert "prev" in page["_links"]
    app.admin.delete("/v1/users/anna")
    page = app.admin.get(page["_links"]["self"]["href"]).json()
    assert names(page, "users") == ["bela"]
    assert "prev" not in page["_links"]


def test_a_message_whose_text_looks_like_a_deleted_one_isnt_deleted(
    app: Application,
) -> None:
    conversation, [alice] = app.chat("alice")
    path = f"/v1/conversations/{conversation}/events"
    body = {"timestamp": {"deleted": datetime.now(UTC).isoformat()}}
    event = {"type": "custom:order", "from": alice, "body": body}
    assert app.admin.post(path, event).status_code == 201
    kept = app.events(conversation, exclude_deleted_events="true")
    assert [one["type"] for one in kept] == ["member:joined", "custom:order"]


def test_an_event_is_deleted_once(app: Application) -> None:
    conversation, [alice] = app.chat("alice")
    said = app.say(conversation, "Forget it", alice)
    path = f"/v1/conversations/{conversation}/events/{said['id']}"
    assert app.admin.delete(path).status_code == 204
    again = app.admin.delete(path)
    assert again.status_code == 404
    assert again.json()["code"] == "event:error:not-found"
    kinds = [one["type"] for one in app.events(conversation)]
    assert kinds == ["member:joined", "message", "event:delete"]
