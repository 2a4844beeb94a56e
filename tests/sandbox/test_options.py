"""The options of a sandbox: strictness, limits, names."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from livechat_helpers.sandbox.local_vonage import Options
from livechat_helpers.sandbox.remote import RemoteSandbox
from livechat_helpers.sandbox.testing import running

from .callers import Application, Caller, basic, message


def application(sandbox: RemoteSandbox, key: RSAPrivateKey) -> Application:
    """Create an application on a sandbox that only this test uses."""
    http = httpx.Client(base_url=sandbox.url, trust_env=False)
    secret = sandbox.info.api_secret.get_secret_value()
    key_of_account = sandbox.info.api_key
    ready = {"http": sandbox.url, "api_key": key_of_account, "api_secret": secret}
    return Application(http, basic(http, ready), key)


@pytest.fixture(scope="module")
def strict(key: RSAPrivateKey) -> Iterator[Application]:
    """An application on a sandbox that refuses what a sandbox normally only notes."""
    with running(options=Options(strict=True, strict_jwt=True)) as sandbox:
        yield application(sandbox, key)


@pytest.mark.parametrize(
    ("path", "body", "name"),
    [
        ("/v1/users", {"nmae": "alice"}, "nmae"),
        ("/v1/conversations", {"userID": "x"}, "userID"),
    ],
)
def test_a_strict_sandbox_refuses_an_unknown_key(
    strict: Application, app: Application, path: str, body: Any, name: str
) -> None:
    refused = strict.admin.post(path, body)
    assert refused.status_code == 400
    wrong = {"name": name, "reason": f'"{name}" is not allowed'}
    assert refused.json()["invalid_parameters"] == [wrong]
    assert app.admin.post(path, body).status_code == 201, "others tolerate it"


def test_a_strict_sandbox_refuses_an_unknown_query_parameter(
    strict: Application, app: Application
) -> None:
    for refusing, tolerant, path in (
        (strict.admin, app.admin, "/v1/users"),
        (strict.account, app.account, "/v2/applications"),
    ):
        refused = refusing.get(path, size="1")
        assert refused.status_code == 400
        assert refused.json()["invalid_parameters"] == [
            {"name": "size", "reason": '"size" is not allowed'}
        ]
        assert tolerant.get(path, size="1").status_code == 200


def test_a_strict_sandbox_refuses_an_unknown_key_of_an_application(
    strict: Application, app: Application
) -> None:
    body = {"name": "x", "keys": {"pubic_key": ""}, "nmae": "y"}
    refused = strict.account.post("/v2/applications", body)
    assert refused.status_code == 400
    assert refused.json()["type"].endswith("/application#payload-validation")
    assert [one["name"] for one in refused.json()["invalid_parameters"]] == ["nmae"]
    del body["nmae"]
    refused = strict.account.post("/v2/applications", body)
    [wrong] = refused.json()["invalid_parameters"]
    assert wrong["name"] == "keys.pubic_key"
    assert app.account.post("/v2/applications", body).status_code == 201


def test_a_strict_sandbox_accepts_what_the_browser_sdk_sends(
    strict: Application,
) -> None:
    conversation, [alice] = strict.chat("alice")
    path = f"/v0.3/conversations/{conversation}/events"
    sent = {"cid": conversation, "from": alice, **message("Hello")}
    assert strict.admin.post(path, sent).status_code == 201
    query = {
        "order": "ASC",
        "page_size": 5,
        "filter_group_type": "ChatEvents",
        "filter_group_version": 3,
        "exclude_deleted_events": "true",
    }
    assert strict.admin.get(path, **query).status_code == 200


@pytest.mark.parametrize(
    ("claims", "claim"),
    [
        (lambda: {"exp": int(time.time() * 1000) + 86400}, "exp"),
        (lambda: {"exp": str(int(time.time()) + 600)}, "exp"),
        (lambda: {"exp": int(time.time()) + 90_000}, "exp"),
        (lambda: {"exp": int(time.time()) + 20}, "exp"),
        (lambda: {"acl": {"paths": {"/**": {"filters": {"a": 1}}}}}, "acl"),
        (lambda: {"acl": {"paths": {"v1/users": {}, "/**": {}}}}, "acl"),
    ],
    ids=["milliseconds", "a string", "a day and more", "20 s", "filters", "no slash"],
)
def test_strict_jwt_refuses_odd_tokens_that_are_otherwise_accepted(
    strict: Application, app: Application, claims: Callable[[], Any], claim: str
) -> None:
    refused = strict.bearer(strict.minter.mint(claims=claims())).get("/v1/users")
    assert refused.status_code == 401
    assert refused.json()["code"] == "system:error:invalid-token"
    assert refused.json()["invalid_parameters"][0]["name"] == claim
    assert app.bearer(app.minter.mint(claims=claims())).get("/v1/users").is_success


def test_strict_jwt_refuses_the_second_token_of_an_id(
    strict: Application, app: Application
) -> None:
    for one, second in ((strict, 401), (app, 200)):
        first, other = (
            one.bearer(one.minter.mint(claims={"jti": "one", "number": number}))
            for number in (1, 2)
        )
        assert first.get("/v1/users").status_code == 200
        assert other.get("/v1/users").status_code == second
        assert first.get("/v1/users").status_code == 200, "the first one continues"


def test_a_token_without_exp_is_valid_for_15_minutes(
    app: Application, key: RSAPrivateKey
) -> None:
    for age, status in ((14 * 60, 200), (16 * 60, 401)):
        claims = {
            "application_id": app.id,
            "iat": int(time.time()) - age,
            "jti": f"a token of {age} seconds",
        }
        token = jwt.encode(claims, key, algorithm="RS256")
        answer = app.bearer(token).get("/v1/users")
        assert answer.status_code == status, answer.text


def test_a_rate_limit_answers_429_as_the_gateway_does(key: RSAPrivateKey) -> None:
    with running(options=Options(rate_limit=5)) as sandbox:
        app, other = application(sandbox, key), application(sandbox, key)
        answers = [app.admin.get("/v1/users") for _ in range(30)]
        refused = [answer for answer in answers if answer.status_code == 429]
        assert refused
        assert answers[0].status_code == 200
        error = refused[0].json()
        assert error.pop("instance")
        assert error == {
            "type": "https://developer.nexmo.com/api-errors#rate-limit",
            "title": "Rate Limit Hit",
            "detail": "Please wait, then retry your request",
        }
        assert refused[0].headers["retry-after"] == "1"
        assert other.admin.get("/v1/users").status_code == 200, "each one has its own"


@pytest.mark.parametrize("path", ["/v1/users", "/_sandbox/health", "/v2/applications"])
def test_a_web_page_that_points_its_own_host_name_here_reads_nothing(
    app: Application, path: str
) -> None:
    port = app.http.base_url.port
    for host in ("evil.example", f"evil.example:{port}", "127.0.0.1.evil.example"):
        answer = app.http.get(path, headers={"Host": host})
        assert answer.status_code == 403
        assert "--host" in answer.json()["detail"]


@pytest.mark.parametrize(
    "origin", ["https://evil.example", "http://127.0.0.1.evil.example:80", "null"]
)
def test_a_page_from_another_machine_can_change_nothing(
    app: Application, account: Caller, origin: str
) -> None:
    # A form can be sent across sites, with the key and secret that the browser knows.
    headers = {**account.headers, "Origin": origin, "Content-Type": "text/plain"}
    for path in ("/_sandbox/reset", "/_sandbox/faults", "/v2/applications"):
        answer = app.http.post(path, headers=headers, content=b'{"kind": "hang"}')
        assert answer.status_code == 403
        assert "access-control-allow-origin" not in answer.headers
    assert app.admin.get("/v1/users").status_code == 200, "nothing was carried out"


def test_a_page_on_this_machine_can_call(app: Application) -> None:
    for origin in ("http://localhost:8888", "http://127.0.0.1:1", "https://[::1]:9"):
        answer = app.http.get(
            "/v1/users", headers={**app.admin.headers, "Origin": origin}
        )
        assert answer.status_code == 200
        assert answer.headers["access-control-allow-origin"] == origin


@pytest.mark.parametrize(
    "host", ["localhost", "LOCALHOST:80", "[::1]:1", "api.nexmo.com"]
)
def test_it_answers_to_its_own_names(app: Application, host: str) -> None:
    answer = app.http.get("/_sandbox/health", headers={"Host": host})
    assert answer.status_code == 200


def test_it_answers_to_a_name_that_it_was_given() -> None:
    with running(options=Options(hosts=("Chat.School.example",))) as sandbox:
        headers = {"Host": "chat.school.example:8443"}
        answer = httpx.get(f"{sandbox.url}/_sandbox/health", headers=headers)
        assert answer.status_code == 200
