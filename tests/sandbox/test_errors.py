"""Every error answer: status, code, title, detail, and a sentence for each field."""

import re
from typing import Any

import httpx
import pytest

from .callers import Application, Caller, message
from .running import Json

NOT_FOUND = "does not exist, or you do not have access."
INVALID = "Input validation failure."


def check(
    answer: httpx.Response, status: int, code: str, title: str, detail: str
) -> None:
    """Compare an answer with a row of the error table."""
    assert answer.status_code == status
    assert answer.headers["content-type"] == "application/json"
    error = answer.json()
    assert error.pop("invalid_parameters", []) is not None
    assert re.fullmatch("[0-9a-f]{32}", error.pop("instance"))
    if answer.url.path.startswith("/v0.2/"):  # 2019 clients read this one, too
        assert error.pop("description") == detail
        error.pop("error", None)
    assert error == {
        "type": f"https://developer.nexmo.com/api/conversation#{code}",
        "code": code,
        "title": title,
        "detail": detail,
    }


def sentences(answer: httpx.Response) -> dict[str, str]:
    """Check an answer, and return what it says about each field."""
    check(answer, 400, "http:error:validation-fail", "Bad request.", INVALID)
    invalid = answer.json()["invalid_parameters"]
    return {one["name"]: one["reason"] for one in invalid}


@pytest.mark.parametrize(
    ("path", "code", "thing"),
    [
        ("users/nobody", "user:error:not-found", "User"),
        ("users/nobody/conversations", "user:error:not-found", "User"),
        ("conversations/CON-0", "conversation:error:not-found", "Conversation"),
        ("conversations/CON-0/members", "conversation:error:not-found", "Conversation"),
        ("conversations/CON-0/events", "conversation:error:not-found", "Conversation"),
        (
            "conversations/here/members/MEM-0",
            "conversation:error:member-not-found",
            "Member",
        ),
        (
            "conversations/here/members/me",
            "conversation:error:member-not-found",
            "Member",
        ),
        ("conversations/here/events/77", "event:error:not-found", "Event"),
        ("conversations/here/events/x", "event:error:not-found", "Event"),
        ("conversations/here/events/1.0", "event:error:not-found", "Event"),
        ("conversations/here/events/-1", "event:error:not-found", "Event"),
        ("conversations/here/events/²", "event:error:not-found", "Event"),
        (f"conversations/here/events/{'9' * 5000}", "event:error:not-found", "Event"),
    ],
)
@pytest.mark.parametrize("version", ["v1", "v0.3"])
def test_an_unknown_object_is_not_found(
    app: Application, version: str, path: str, code: str, thing: str
) -> None:
    app.conversation(name="here")
    answer = app.admin.get(f"/{version}/{path}")
    check(answer, 404, code, "Not found.", f"{thing} {NOT_FOUND}")


def test_a_taken_name_is_a_conflict(app: Application) -> None:
    app.user("taken")
    app.conversation(name="taken")
    other = app.conversation(name="free")
    app.user("free")
    for kind, thing, answer in (
        ("user", "user", app.admin.post("/v1/users", {"name": "taken"})),
        ("user", "user", app.admin.patch("/v1/users/free", {"name": "taken"})),
        (
            "conversation",
            "conversation",
            app.admin.post("/v0.3/conversations", {"name": "taken"}),
        ),
        (
            "conversation",
            "conversation",
            app.admin.put(f"/v0.3/conversations/{other}", {"name": "taken"}),
        ),
    ):
        check(
            answer,
            409,
            f"{kind}:error:duplicate-name",
            "Conflict.",
            f"The request failed because the {thing} name already exists. "
            f"Please provide a unique {thing} name and try again.",
        )


def test_membership_errors_are_the_documented_ones(app: Application) -> None:
    conversation, [alice] = app.chat("alice")
    app.user("bob")
    app.member(conversation, "bob", "invited")
    path = f"/v1/conversations/{conversation}/members"
    check(
        app.admin.post(path, {"state": "joined", "user": {"name": "alice"}}),
        400,
        "conversation:error:member-already-joined",
        "Bad request.",
        "The request failed due to the user already having a member joined in 'app' "
        "type. Please provide a valid user and try again.",
    )
    check(
        app.admin.post(path, {"state": "invited", "user": {"name": "bob"}}),
        400,
        "conversation:error:member-already-invited",
        "Bad request.",
        "The request failed due to the user already having a member invited in 'app' "
        "type. Please provide a valid user and try again.",
    )
    app.admin.patch(f"{path}/{alice}", {"state": "left"})
    check(
        app.admin.patch(f"{path}/{alice}", {"state": "joined"}),
        400,
        "conversation:error:invalid-member-state",
        "Conflict.",
        "The conversation membership has already ended.",
    )
    check(
        app.admin.post(path, {"state": "joined", "user": {"name": "nobody"}}),
        404,
        "user:error:not-found",
        "Not found.",
        f"User {NOT_FOUND}",
    )


TEXT = "must be a string"
EMPTY = "is not allowed to be empty"
OBJECT = "must be of type object"
NEEDED = "is required"


@pytest.mark.parametrize(
    ("method", "path", "body", "reasons"),
    [
        ("POST", "users", {"name": 5}, {"name": TEXT}),
        ("POST", "users", {"name": None}, {"name": TEXT}),
        ("POST", "users", {"name": ""}, {"name": EMPTY}),
        ("POST", "users", {"display_name": ""}, {"display_name": EMPTY}),
        (
            "POST",
            "users",
            {"image_url": [], "properties": [], "channels": "sms"},
            {"image_url": TEXT, "properties": OBJECT, "channels": OBJECT},
        ),
        ("PATCH", "users/alice", {"properties": 0}, {"properties": OBJECT}),
        (
            "POST",
            "conversations",
            {"name": "n" * 101, "display_name": "d" * 51, "image_url": "i" * 2049},
            {
                name: f"length must be less than or equal to {most} characters long"
                for name, most in (
                    ("name", 100),
                    ("display_name", 50),
                    ("image_url", 2048),
                )
            },
        ),
        (
            "POST",
            "conversations",
            {"properties": {"ttl": -1, "type": 1, "custom_data": []}},
            {
                "properties.ttl": "must be greater than or equal to 0",
                "properties.type": TEXT,
                "properties.custom_data": OBJECT,
            },
        ),
        (
            "POST",
            "conversations",
            {"properties": {"ttl": "an hour"}},
            {"properties.ttl": "must be a number"},
        ),
        (
            "POST",
            "conversations",
            {"properties": {"ttl": True}},
            {"properties.ttl": "must be a number"},
        ),
        (
            "POST",
            "conversations",
            {"properties": {"ttl": 10**400}},
            {"properties.ttl": "must be a safe number"},
        ),
        ("PUT", "conversations/here", {"properties": 1}, {"properties": OBJECT}),
        (
            "POST",
            "conversations/here/members",
            {},
            {"state": NEEDED, "user": NEEDED},
        ),
        (
            "POST",
            "conversations/here/members",
            {"state": "left", "user": {"name": "alice"}},
            {"state": "must be one of [invited, joined]"},
        ),
        (
            "POST",
            "conversations/here/members",
            {"state": "joined", "user": {}},
            {"user": 'must contain at least one of ["id", "name"]'},
        ),
        (
            "POST",
            "conversations/here/members",
            {"state": "joined", "user": "alice"},
            {"user": OBJECT},
        ),
        (
            "POST",
            "conversations/here/members",
            {"state": "joined", "user": {"id": 1}},
            {"user.id": TEXT},
        ),
        (
            "POST",
            "conversations/here/members",
            {"state": "joined", "user": {"id": "x"}, "channel": {"type": "pigeon"}},
            {
                "channel.type": "must be one of [app, phone, sip, websocket, vbc, sms,"
                " mms, whatsapp, viber, messenger]"
            },
        ),
        (
            "PATCH",
            "conversations/here/members/{member}",
            {"state": "invited"},
            {"state": "must be one of [joined, left]"},
        ),
        (
            "PATCH",
            "conversations/here/members/{member}",
            {"state": "left", "reason": {"code": 1, "text": "t" * 201}},
            {
                "reason.code": TEXT,
                "reason.text": "length must be less than or equal to 200 characters"
                " long",
            },
        ),
        ("POST", "conversations/here/events", {}, {"type": NEEDED}),
        (
            "POST",
            "conversations/here/events",
            {"type": "message"},
            {"body.message_type": NEEDED},
        ),
        (
            "POST",
            "conversations/here/events",
            {"type": "message", "body": []},
            {"body": OBJECT},
        ),
        (
            "POST",
            "conversations/here/events",
            {"type": "message", "body": {"message_type": "text", "text": ""}},
            {"body.text": EMPTY},
        ),
        (
            "POST",
            "conversations/here/events",
            {"type": "message", "body": {"message_type": "smell"}},
            {
                "body.message_type": "must be one of [text, image, audio, video, file,"
                " vcard, template, location, custom, random]"
            },
        ),
        (
            "POST",
            "conversations/here/events",
            {"type": "message", "body": {"message_type": "image", "image": {}}},
            {"body.image.url": NEEDED},
        ),
        (
            "POST",
            "conversations/here/events",
            {"type": "message", "body": {"message_type": "custom"}},
            {"body.custom": NEEDED},
        ),
        (
            "POST",
            "conversations/here/events",
            {"type": "text", "body": {"text": "t" * 2501}},
            {"body.text": "length must be less than or equal to 2500 characters long"},
        ),
        (
            "POST",
            "conversations/here/events",
            {"type": "message:seen", "body": {"event_id": "two"}},
            {"body.event_id": "must be a number"},
        ),
        (
            "POST",
            "conversations/here/events",
            {"type": "message:seen", "body": {"event_id": 10**30}},
            {"body.event_id": "must be a safe number"},
        ),
        (
            "POST",
            "conversations/here/events",
            {"type": "message:seen", "body": {"event_id": 0}},
            {"body.event_id": "must be greater than or equal to 1"},
        ),
        (
            "POST",
            "users",
            {"channels": {"sms": "no", "messenger": [None]}},
            {
                "channels.sms": "must be an array of objects",
                "channels.messenger": "must be an array of objects",
            },
        ),
        (
            "POST",
            "conversations",
            {"numbers": 5, "callback": {"url": 5, "method": "PUT", "params": 1}},
            {
                "numbers": "must be an array of objects",
                "callback.url": TEXT,
                "callback.method": "must be one of [get, post]",
                "callback.params": OBJECT,
            },
        ),
        (
            "POST",
            "conversations/here/events",
            {
                "type": "message",
                "body": {"message_type": "location", "location": {"longitude": True}},
            },
            {
                "body.location.longitude": TEXT,
                "body.location.latitude": NEEDED,
            },
        ),
        (
            "POST",
            "conversations/here/events",
            {"type": "custom:é", "body": {}},
            {"type": "must be a known event type, or custom: and a name"},
        ),
        (
            "POST",
            "conversations/here/events",
            {"type": "audio:play", "body": {}},
            {"type": "must be a known event type, or custom: and a name"},
        ),
        (
            "POST",
            "conversations/here/events",
            {"type": "member:joined", "body": {}},
            {"type": "must be a known event type, or custom: and a name"},
        ),
        (
            "POST",
            "conversations/here/events",
            {"type": "custom:" + "x" * 94},
            {"type": "length must be less than or equal to 100 characters long"},
        ),
        (
            "POST",
            "conversations/here/events",
            {"type": "custom:"},
            {"type": "must be a known event type, or custom: and a name"},
        ),
    ],
)
def test_a_wrong_field_is_named_with_its_message(
    app: Application, method: str, path: str, body: Json, reasons: dict[str, str]
) -> None:
    conversation = app.conversation(name="here")
    app.user("alice")
    member = app.member(conversation, "alice")["id"]
    answer = app.admin.call(method, f"/v1/{path.format(member=member)}", body)
    wanted = {
        # The sentence names only the field, wherever it is in the body.
        name: f'"{name.rpartition(".")[2]}" {reason}'
        for name, reason in reasons.items()
    }
    assert sentences(answer) == wanted


@pytest.mark.parametrize(
    ("raw", "name", "sentence"),
    [
        (b"{", "body", '"body" must be valid JSON'),
        (b"name=alice", "body", '"body" must be valid JSON'),
        (b"[]", "value", '"value" must be of type object'),
        (b"null", "value", '"value" must be of type object'),
        (b'"text"', "value", '"value" must be of type object'),
    ],
)
def test_a_body_that_isnt_a_json_object_is_refused(
    app: Application, raw: bytes, name: str, sentence: str
) -> None:
    assert sentences(app.admin.send("POST", "/v1/users", raw)) == {name: sentence}


@pytest.mark.parametrize("raw", [b"", b"  ", b"{}", b'""', b'{"unknown": 1}'])
def test_a_body_with_nothing_in_it_is_tolerated(app: Application, raw: bytes) -> None:
    assert app.admin.send("POST", "/v1/users", raw).status_code == 201


@pytest.mark.parametrize(
    ("method", "path", "body"),
    [
        ("GET", "/v1/users?size=1&recordIndex=2", None),
        ("PATCH", "/v1/users/alice", {"userID": "USR-1"}),
        ("POST", "/v1/conversations", {"properties": {}, "callback": {"params": {}}}),
        ("POST", "/v1/conversations", {"numbers": [{"sms": {"number": "1"}}]}),
        ("POST", "/v1/users", {"channels": {}, "properties": {}}),
    ],
)
def test_real_clients_odd_requests_are_accepted(
    app: Application, method: str, path: str, body: Any
) -> None:
    app.user("alice")
    assert app.admin.call(method, path, body).is_success


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("DELETE", "/v1/users"),
        ("PUT", "/v1/users/alice"),
        ("POST", "/v0.3/conversations/here"),
        ("PATCH", "/v1/conversations/here/events/1"),
        ("DELETE", "/v0.3/conversations/here/members"),
        ("GET", "/v0.2/sessions/SES-1"),
        ("POST", "/_sandbox/health"),
    ],
)
def test_an_unsupported_method_is_refused(
    app: Application, method: str, path: str
) -> None:
    check(
        app.admin.call(method, path),
        405,
        "http:error:method-not-allowed",
        "Method not allowed.",
        "Request method not supported.",
    )


def test_the_application_api_reports_it_in_its_own_shape(account: Caller) -> None:
    for method, path, status, name in (
        ("DELETE", "/v2/applications", 405, "wrong-verb"),
        ("PATCH", "/v2/applications/x", 405, "wrong-verb"),
        ("GET", "/v2/applications/x/y", 404, "not-found"),
    ):
        answer = account.call(method, path)
        assert answer.status_code == status
        error = answer.json()
        assert error.pop("instance")
        assert error.pop("detail")
        assert error == {
            "type": f"https://developer.nexmo.com/api-errors#{name}",
            "title": "Method Not Allowed" if status == 405 else "Not Found",
        }


def test_a_refused_method_gets_the_list_of_allowed_ones(app: Application) -> None:
    answer = app.admin.delete("/v1/users")
    assert answer.status_code == 405
    assert answer.headers["allow"] == "GET, HEAD, POST"


@pytest.mark.parametrize(
    "path", ["/", "//", "/v1", "/v1/", "/v9/users", "/v1/user", "/v2/rtc", "/v1/../x"]
)
def test_an_unknown_path_is_not_found(anyone: Caller, path: str) -> None:
    base = str(anyone.http.base_url).rstrip("/")
    check(
        anyone.get(base + path),
        404,
        "http:error:not-found",
        "Not found.",
        "There is nothing at this path.",
    )


def test_a_body_over_one_mebibyte_is_refused(app: Application, account: Caller) -> None:
    large = b'{"name": "' + b"a" * 2**21 + b'"}'
    for caller, path in ((app.admin, "/v1/users"), (account, "/v2/applications")):
        answer = caller.send("POST", path, large)
        assert answer.status_code == 413
        assert answer.json()["code"] == "http:error:payload-too-large"


def test_a_user_cannot_do_what_only_the_application_can(app: Application) -> None:
    conversation, [_, bob] = app.chat("alice", "bob")
    alice = app.caller("alice", "/**")
    events = f"/v1/conversations/{conversation}/events"
    for answer in (
        alice.get("/v1/users"),
        alice.post("/v1/users", {"name": "new"}),
        alice.delete("/v1/users/bob"),
        alice.delete("/v1/users/alice"),
        alice.get("/v1/conversations"),
        alice.get("/v1/users/bob/conversations"),
        alice.post(events, {**message("x"), "from": bob}),
    ):
        check(
            answer,
            403,
            "system:error:permission",
            "Forbidden.",
            "Permission denied. Please provide a valid token.",
        )


# The Application API has different error answers.


def test_the_application_api_answers_errors_in_its_own_shape(account: Caller) -> None:
    answer = account.get("/v2/applications/nothing")
    assert answer.status_code == 404
    error = answer.json()
    assert re.fullmatch("[0-9a-f]{32}", error.pop("instance"))
    assert error == {
        "type": "https://developer.nexmo.com/api-errors#not-found",
        "title": "Not Found",
        "detail": "ID 'nothing' does not exist, or you do not have access",
    }


@pytest.mark.parametrize(
    ("body", "names"),
    [
        ({}, ["name"]),
        ({"name": 5}, ["name"]),
        ({"name": "x", "keys": []}, ["keys"]),
        ({"name": "x", "keys": {"public_key": "junk"}}, ["keys.public_key"]),
        ({"name": "x", "keys": {"public_key": "\u0000é"}}, ["keys.public_key"]),
        ({"name": "x", "privacy": {"improve_ai": "no"}}, ["privacy.improve_ai"]),
        ({"name": "x", "capabilities": {"rtc": 1}}, ["capabilities.rtc"]),
        (
            {"name": "x", "capabilities": {"rtc": {"signed_callbacks": "yes"}}},
            ["capabilities.rtc.signed_callbacks"],
        ),
        (
            {"name": "x", "capabilities": {"rtc": {"leg_persistence_time": 32}}},
            ["capabilities.rtc.leg_persistence_time"],
        ),
        (
            {"name": "x", "capabilities": {"rtc": {"webhooks": {"event_url": {}}}}},
            ["capabilities.rtc.webhooks.event_url.address"],
        ),
        (
            {"name": "x", "capabilities": {"rtc": {"webhooks": {"event_url": 1}}}},
            ["capabilities.rtc.webhooks.event_url"],
        ),
        (
            {"name": "x", "capabilities": {"rtc": {"webhooks": []}}},
            ["capabilities.rtc.webhooks"],
        ),
        (
            {
                "name": "x",
                "capabilities": {
                    "rtc": {
                        "webhooks": {
                            "event_url": {"address": "http://a", "http_method": "X"}
                        }
                    }
                },
            },
            ["capabilities.rtc.webhooks.event_url.http_method"],
        ),
    ],
)
def test_a_wrong_field_of_an_application_is_named(
    account: Caller, body: Json, names: list[str]
) -> None:
    answer = account.post("/v2/applications", body)
    assert answer.status_code == 400
    error = answer.json()
    assert error["type"].endswith("/api-errors/application#payload-validation")
    assert error["title"] == "Bad Request"
    assert [one["name"] for one in error["invalid_parameters"]] == names
    assert all(one["reason"] for one in error["invalid_parameters"])


@pytest.mark.parametrize(
    "query",
    [
        {"page_size": "0"},
        {"page_size": "101"},
        {"page": "0"},
        {"page": "x"},
        {"page": "9" * 5000},
        {"page_size": "-1"},
        {"page_size": "²"},
    ],
)
def test_an_invalid_page_of_applications_is_refused(
    account: Caller, query: dict[str, str]
) -> None:
    answer = account.get("/v2/applications", **query)
    assert answer.status_code == 400
    assert [one["name"] for one in answer.json()["invalid_parameters"]] == list(query)


def test_the_page_after_the_last_one_is_empty(account: Caller) -> None:
    page = account.get("/v2/applications", page="99999").json()
    assert page["_embedded"] == {"applications": []}
    assert "next" not in page["_links"]


# Vonage's command-line tools send these.


@pytest.mark.parametrize(
    "body",
    [
        {"name": "cli", "privacy": {"improve_ai": False}, "keys": {}},
        {"name": "cli", "id": "1", "capabilities": {"voice": {}, "vbc": {}}},
    ],
)
def test_real_clients_odd_applications_are_accepted(
    account: Caller, body: Json
) -> None:
    assert account.post("/v2/applications", body).status_code == 201


@pytest.mark.parametrize("path", ["/v1/users", "/v1/conversations"])
def test_custom_data_has_a_limit(app: Application, path: str) -> None:
    def post(size: int) -> httpx.Response:
        data = {"a": "x" * (size - len('{"a":""}'))}
        return app.admin.post(path, {"properties": {"custom_data": data}})

    assert post(4096).status_code == 201
    check(
        post(4097),
        400,
        "custom-data:error:max-data-sum-limit-exceeded",
        "Bad request.",
        "The custom data is larger than 4096 bytes.",
    )


def test_a_whole_number_can_have_a_decimal_point(app: Application) -> None:
    body = {"properties": {"ttl": 60.0}}
    assert app.admin.post("/v1/conversations", body).status_code == 201


def test_a_reason_for_leaving_is_checked_on_the_older_path_too(
    app: Application,
) -> None:
    conversation, [alice] = app.chat("alice")
    path = f"/v0.2/conversations/{conversation}/members/{alice}"
    assert sentences(app.admin.delete(path, reason_text="t" * 201)) == {
        "reason.text": '"text" length must be less than or equal to 200 characters long'
    }
    assert app.admin.delete(path, reason_text="t" * 200).status_code == 204


@pytest.mark.parametrize("given", ["junk", "", "1"])
def test_the_option_to_leave_out_deleted_events_is_true_or_false(
    app: Application, given: str
) -> None:
    path = f"/v1/conversations/{app.conversation()}/events"
    assert sentences(app.admin.get(path, exclude_deleted_events=given)) == {
        "exclude_deleted_events": '"exclude_deleted_events" must be a boolean'
    }


@pytest.mark.parametrize("event_id", ["01", "+1", "1_0"])
def test_an_event_has_only_one_id(app: Application, event_id: str) -> None:
    conversation, _ = app.chat("alice")
    answer = app.admin.get(f"/v1/conversations/{conversation}/events/{event_id}")
    assert answer.status_code == 404


def test_an_event_list_accepts_a_hundred_types(app: Application) -> None:
    path = f"/v1/conversations/{app.conversation()}/events"
    assert app.admin.get(path, event_type=",".join("t" * 100)).status_code == 200
    assert sentences(app.admin.get(path, event_type=",".join("t" * 101))) == {
        "event_type": '"event_type" must contain less than or equal to 100 items'
    }
