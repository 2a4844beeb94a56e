"""Who can call: verified tokens, enforced ACLs, and the account with Basic."""

import base64
import hashlib
import hmac
import json
import time
from pathlib import Path
from typing import Any
from uuid import uuid4

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from livechat_helpers.sandbox.http import auth
from livechat_helpers.sandbox.http.auth import acl_allows
from livechat_helpers.sandbox.remote import connect
from livechat_helpers.tokens import Minter

from .callers import Application, Caller
from .conftest import StepClock
from .running import Json
from .test_errors import check

INVALID = (
    401,
    "system:error:invalid-token",
    "Unauthorized.",
    "You did not provide a valid token. Please provide a valid token.",
)
EXPIRED = (
    401,
    "system:error:expired-token",
    "Unauthorized.",
    "You provided an expired token. Please provide a valid token.",
)
DENIED = (
    403,
    "system:error:permission",
    "Forbidden.",
    "Permission denied. Please provide a valid token.",
)


def encoded(part: Json) -> str:
    """Return one part of a JWT."""
    raw = json.dumps(part).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def test_without_a_token_nobody_gets_in(app: Application, anyone: Caller) -> None:
    check(anyone.get("/v1/users"), *INVALID)
    check(anyone.post("/v0.3/conversations", {}), *INVALID)
    check(anyone.put("/v0.2/sessions/SES-1"), *INVALID)


@pytest.mark.parametrize(
    "header",
    ["Bearer", "Basic abc", "Token {token}", "{token}", "Bearer x.y.z"],
)
def test_a_header_that_isnt_a_bearer_token_is_refused(
    app: Application, http: Any, header: str
) -> None:
    stranger = Caller(http, header.format(token=app.minter.mint()))
    check(stranger.get("/v1/users"), *INVALID)


@pytest.mark.parametrize("scheme", ["Bearer", "bearer", "BEARER"])
def test_the_schemes_case_doesnt_matter(
    app: Application, http: Any, scheme: str
) -> None:
    caller = Caller(http, f"{scheme} {app.minter.mint()}")
    assert caller.get("/v1/users").status_code == 200


@pytest.mark.parametrize(
    "token", ["junk", "a.b.c", "..", "é.é.é", "e30.e30.", "a" * 20_000, "\u00ff" * 9]
)
def test_junk_tokens_are_refused(anyone: Caller, token: str) -> None:
    header = b"Bearer " + token.encode("latin-1")
    answer = anyone.http.get("/v1/users", headers={b"Authorization": header})
    check(answer, *INVALID)


def test_a_token_signed_with_another_key_is_refused(app: Application) -> None:
    forger = Minter(app.id, rsa.generate_private_key(65537, 2048))
    check(app.bearer(forger.mint()).get("/v1/users"), *INVALID)


def test_a_token_that_was_changed_is_refused(app: Application) -> None:
    header, payload, signature = app.token("alice").split(".")
    claims = json.loads(base64.urlsafe_b64decode(payload + "=="))
    del claims["sub"]
    forged = f"{header}.{encoded(claims)}.{signature}"
    check(app.bearer(forged).get("/v1/users"), *INVALID)


@pytest.mark.parametrize("name", ["none", "None", "NONE", ""])
def test_a_token_without_a_signature_is_refused(app: Application, name: str) -> None:
    claims = jwt.decode(app.minter.mint(), options={"verify_signature": False})
    for signature in ("", "AAAA"):
        token = f"{encoded({'alg': name, 'typ': 'JWT'})}.{encoded(claims)}.{signature}"
        check(app.bearer(token).get("/v1/users"), *INVALID)


def test_the_public_key_cannot_sign(app: Application, key: RSAPrivateKey) -> None:
    claims = jwt.decode(app.minter.mint(), options={"verify_signature": False})
    public = key.public_key().public_bytes(
        Encoding.PEM, PublicFormat.SubjectPublicKeyInfo
    )
    for secret in (public, public.strip()):
        signed = f"{encoded({'alg': 'HS256', 'typ': 'JWT'})}.{encoded(claims)}"
        digest = hmac.new(secret, signed.encode(), hashlib.sha256).digest()
        signature = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        check(app.bearer(f"{signed}.{signature}").get("/v1/users"), *INVALID)


@pytest.mark.parametrize("algorithm", ["RS384", "RS512", "PS256"])
def test_another_algorithm_than_rs256_is_refused(
    app: Application, key: RSAPrivateKey, algorithm: str
) -> None:
    claims = jwt.decode(app.minter.mint(), options={"verify_signature": False})
    token = jwt.encode(claims, key, algorithm=algorithm)
    check(app.bearer(token).get("/v1/users"), *INVALID)


@pytest.mark.parametrize(
    "claims",
    [
        {"application_id": str(uuid4())},
        {"application_id": None},
        {"application_id": 5},
        {"iat": None},
        {"iat": "soon"},
        {"iat": float("inf")},
        {"iat": time.time() + 3600},
        {"jti": None},
        {"jti": [5]},
        {"sub": 5},
        {"sub": ["alice"]},
        {"sub": "\ud800"},
        {"jti": "\ud800"},
        {"nbf": time.time() + 3600},
        {"exp": "soon"},
        {"exp": None},
        {"exp": []},
        {"exp": float("inf")},
        {"exp": float("nan")},
        {"exp": 10**400},
    ],
)
def test_an_invalid_claim_is_refused(app: Application, claims: Json) -> None:
    token = app.minter.mint(claims=claims)
    check(app.bearer(token).get("/v1/users"), *INVALID)


@pytest.mark.parametrize("missing", ["application_id", "iat", "jti"])
def test_a_token_without_a_needed_claim_is_refused(
    app: Application, key: RSAPrivateKey, missing: str
) -> None:
    claims = jwt.decode(app.minter.mint(), options={"verify_signature": False})
    del claims[missing]
    token = jwt.encode(claims, key, algorithm="RS256")
    check(app.bearer(token).get("/v1/users"), *INVALID)


@pytest.mark.parametrize("exp", [1, 0, -5, "1"])
def test_an_expired_token_has_its_own_error(app: Application, exp: Any) -> None:
    token = app.minter.mint(claims={"exp": exp})
    check(app.bearer(token).get("/v1/users"), *EXPIRED)


def test_a_token_can_expire_while_in_use(
    app: Application, step_clock: StepClock
) -> None:
    caller = app.bearer(app.minter.mint(seconds=300))
    assert caller.get("/v1/users").status_code == 200
    step_clock(301)
    check(caller.get("/v1/users"), *EXPIRED)


@pytest.mark.parametrize(
    "exp",
    [
        lambda: int(time.time() * 1000) + 86400,  # the seed tutorial's mistake
        lambda: str(int(time.time()) + 900),  # the published sample has a string
        lambda: time.time() + 900.5,
        lambda: int(time.time()) + 10 * 365 * 86400,
    ],
)
def test_real_tokens_odd_lifetimes_are_accepted(app: Application, exp: Any) -> None:
    token = app.minter.mint(claims={"exp": exp()})
    assert app.bearer(token).get("/v1/users").status_code == 200


def test_a_token_without_an_expiry_or_with_an_old_id_is_accepted(
    app: Application, key: RSAPrivateKey
) -> None:
    claims = {"application_id": app.id, "iat": int(time.time()), "jti": "again"}
    for _ in range(2):
        token = jwt.encode(claims, key, algorithm="RS256")
        assert app.bearer(token).get("/v1/users").status_code == 200
        claims["aud"] = "anybody"


def test_a_used_token_expires_on_purpose_after_its_application_was_changed(
    app: Application, account: Caller, sandbox_dir: Path
) -> None:
    app.user("alice")
    alice = app.caller("alice")
    assert alice.get("/v1/users/me").status_code == 200
    account.put(f"/v2/applications/{app.id}", {"name": "Renamed"})
    faults = connect(sandbox_dir).faults
    with faults.expire_tokens(user="alice", application=app.id) as fault:
        assert fault.met == 1
        check(alice.get("/v1/users/me"), *EXPIRED)


CALLS = (
    ("POST", "/v1/conversations"),
    ("GET", "/v0.3/users/alice"),
    ("PATCH", "/v1/users/alice"),
    ("GET", "/v0.3/conversations/{mine}"),
    ("POST", "/v0.3/conversations/{mine}/events"),
    ("GET", "/v0.3/conversations/{mine}/members/me"),
    ("GET", "/v0.3/conversations/{other}"),
    ("PATCH", "/v0.3/conversations/{other}"),
    ("PUT", "/v0.2/sessions/SES-1"),
)
ALL = "1" * len(CALLS)
NONE = "0" * len(CALLS)


@pytest.mark.parametrize(
    ("sub", "acl", "allowed"),
    [
        # The calls above that the ACL allows, in the same order.
        (False, "absent", ALL),
        (True, "absent", NONE),
        (False, {"paths": {}}, NONE),
        (False, {"paths": {"/**": {}}}, ALL),
        (False, {"paths": {"/*/users/**": {}}}, "011000000"),
        (True, {"paths": {"/**": {}}}, ALL),
        (True, {"paths": {"/*/users/**": {}}}, "011000000"),
        (True, {"paths": {"/v1/users/**": {}}}, "001000000"),
        (True, {"paths": {"/*/conversations": {}}}, "100000000"),
        (True, {"paths": {"/*/conversations/*": {}}}, "000100110"),
        # Two stars match any rest, even an empty one.
        (True, {"paths": {"/*/conversations/**": {}}}, "100111110"),
        (True, {"paths": {"/*": {}}}, NONE),
        (True, {"paths": {"/*/*": {}}}, "100000000"),
        (True, {"paths": {"/*/conversations/{mine}/**": {}}}, "000111000"),
        (True, {"paths": {"/*/conversations/{mine}": {}}}, "000100000"),
        (True, {"paths": {"/**/events": {}}}, "000010000"),
        (True, {"paths": {"/**/members/*": {}}}, "000001000"),
        (
            True,
            {"paths": {"/*/conversations/{mine}/**": {"methods": ["GET"]}}},
            "000101000",
        ),
        (True, {"paths": {"/**": {"methods": ["GET", "PUT"]}}}, "010101101"),
        (True, {"paths": {"/**": {"methods": []}}}, NONE),
        (True, {"paths": {"/**": {"methods": "GET"}}}, NONE),
        (True, {"paths": {"/**": {"filters": {"x": 1}}}}, ALL),
        (True, {"paths": {"/*/users/*": {}, "/*/sessions/**": None}}, "011000001"),
        (True, {"paths": {"**": {}, "v1/conversations": {}}}, NONE),
        (True, {"paths": {"/v1/conversation*": {}, "/V1/conversations": {}}}, NONE),
        (True, {"paths": {"/v1/conversations.*": {}, "/v./conversations": {}}}, NONE),
        (True, {"paths": {"/": {}, "": {}, "/v1": {}, "//": {}}}, NONE),
        (True, {"paths": ["/**"]}, NONE),
        (True, ["/**"], NONE),
        (True, "/**", NONE),
        (True, None, NONE),
    ],
)
def test_an_acl_allows_what_it_names_and_nothing_else(
    app: Application, sub: bool, acl: Any, allowed: str
) -> None:
    mine, _ = app.chat("alice")
    other, _ = app.chat("bob")
    claims: Json = {"sub": "alice"} if sub else {}
    if acl != "absent":
        claims["acl"] = json.loads(json.dumps(acl).replace("{mine}", mine))
    caller = app.bearer(app.minter.mint(claims=claims))
    let_through = ""
    for method, path in CALLS:
        answer = caller.call(method, path.format(mine=mine, other=other), {})
        if denied := answer.status_code == 403:
            check(answer, *DENIED)
        let_through += "0" if denied else "1"
    assert let_through == allowed


@pytest.mark.parametrize("path", ["/v1/conversations//events", "/v1//members"])
def test_a_star_in_an_acl_doesnt_match_an_empty_segment(path: str) -> None:
    one_star = {"paths": {"/v1/*/*/events": {}, "/v1/*/members": {}}}
    two_stars = {"paths": {"/v1/**": {}}}
    assert not acl_allows(one_star, "GET", path)
    assert acl_allows(two_stars, "GET", path)


@pytest.mark.parametrize(
    "path",
    ["/**" * 2000 + "/x", "/" + "*a" * 5000, "/v1" + "/**/users" * 500, "/**/" * 500],
)
def test_every_acl_is_quick_to_check(app: Application, path: str) -> None:
    token = app.minter.mint("alice", {"paths": {path: {}}})
    started = time.monotonic()
    app.bearer(token).get(f"/v1/users/{'a' * 2000}/conversations")
    assert time.monotonic() - started < 20  # it could be hours


def test_a_host_header_does_not_get_around_the_acl(app: Application) -> None:
    mine, _ = app.chat("alice")
    other = app.conversation()
    app.member(other, "alice")
    caller = app.token("alice", f"/*/conversations/{mine}/**")
    for host in (f"x/v1/conversations/{mine}?", f"x/v1/conversations/{mine}#", "a b"):
        answer = app.http.get(
            f"/v1/conversations/{other}",
            headers={"Authorization": f"Bearer {caller}", "Host": host},
        )
        assert answer.status_code == 403


@pytest.mark.parametrize("given", ["{key}:wrong", "wrong:{secret}", "{key}:", ":", "x"])
def test_the_account_is_checked(
    http: Any, ready: Json, account: Caller, given: str
) -> None:
    text = given.format(key=ready["api_key"], secret=ready["api_secret"])
    basic = f"Basic {base64.b64encode(text.encode()).decode()}"
    for caller in (Caller(http, basic), Caller(http)):
        for method, path in (
            ("GET", "/v2/applications"),
            ("POST", "/v2/applications"),
            ("GET", "/v2/applications/x"),
            ("PUT", "/v2/applications/x"),
            ("DELETE", "/v2/applications/x"),
        ):
            answer = caller.call(method, path, {"name": "x"})
            assert answer.status_code == 401
            assert answer.json()["type"].endswith("#unauthorized")
            detail = "You did not provide correct credentials."
            assert answer.json()["detail"] == detail
    assert account.get("/v2/applications").status_code == 200


@pytest.mark.parametrize(
    "header", ["Basic é", "Basic !!!", "Basic", "Bearer {basic}", "Basic {basic}="]
)
def test_a_header_that_isnt_basic_is_refused(
    http: Any, ready: Json, header: str
) -> None:
    text = f"{ready['api_key']}:{ready['api_secret']}"
    basic = base64.b64encode(text.encode()).decode()
    raw = header.format(basic=basic).encode("latin-1")
    answer = http.get("/v2/applications", headers={b"Authorization": raw})
    assert answer.status_code == 401


def test_a_token_doesnt_give_access_to_the_account(app: Application) -> None:
    assert app.admin.get("/v2/applications").status_code == 401


# Applications only see their own objects.


def test_applications_see_only_their_own_objects(
    app: Application, make_application: Any
) -> None:
    conversation, [member] = app.chat("alice")
    app.say(conversation, "private", member)
    user = app.admin.get("/v1/users/alice").json()["id"]
    stranger: Application = make_application()
    stranger.user("alice")  # the same name, but a different user
    callers = (stranger.admin, stranger.caller("alice", "/**"))
    inside = f"conversations/{conversation}"
    body = {
        "state": "joined",
        "user": {"name": "alice"},
        "type": "custom:x",
        "name": "n",
    }
    for caller in callers:
        for version in ("/v1/", "/v0.3/"):
            for method, path in (
                ("GET", f"users/{user}"),
                ("PATCH", f"users/{user}"),
                ("DELETE", f"users/{user}"),
                ("GET", f"users/{user}/conversations"),
                ("GET", inside),
                ("PUT", inside),
                ("PATCH", inside),
                ("DELETE", inside),
                ("GET", f"{inside}/members"),
                ("POST", f"{inside}/members"),
                ("GET", f"{inside}/members/{member}"),
                ("PATCH", f"{inside}/members/{member}"),
                ("GET", f"{inside}/events"),
                ("POST", f"{inside}/events"),
                ("GET", f"{inside}/events/2"),
                ("DELETE", f"{inside}/events/2"),
            ):
                said = {k: v for k, v in body.items() if k != "state" or "mem" in path}
                answer = caller.call(method, version + path, said)
                refused = (404,) if caller is stranger.admin else (404, 403)
                assert answer.status_code in refused, (method, path, answer.text)
        left = caller.delete(f"/v0.2/{inside}/members/{member}")
        assert left.status_code == 404
    listed = stranger.admin.get("/v1/users").json()["_embedded"]["users"]
    assert [one["id"] for one in listed] != [user]
    assert len(listed) == 1
    assert stranger.admin.get("/v1/conversations").json()["_embedded"] == {
        "conversations": []
    }
    own = stranger.conversation()
    foreign = stranger.admin.post(
        f"/v1/conversations/{own}/members", {"state": "joined", "user": {"id": user}}
    )
    assert foreign.json()["code"] == "user:error:not-found"
    assert [event["type"] for event in app.events(conversation)] == [
        "member:joined",
        "message",
    ]
    assert app.admin.get("/v1/users/alice").json()["name"] == "alice"


def test_only_the_latest_tokens_are_remembered(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(auth, "_REMEMBERED_TOKENS", 3)
    known: dict[str, int] = {}
    for number, token in enumerate("abcad"):
        auth._remember(known, token, number)
    assert known == {"c": 2, "a": 3, "d": 4}
