"""A visitor's token opens one room, for 15 minutes, and nothing else."""

import httpx
import pytest
from sandbox.running import Json

from livechat_helpers.matrix.calls import path
from livechat_helpers.support_desk import SupportDesk

from .stand import MatrixClient, MatrixStand


def login(stand: MatrixStand, user: str) -> Json:
    """Return the answer when the application logs a user in."""
    body = {
        "type": "m.login.application_service",
        "identifier": {"type": "m.id.user", "user": user},
        "refresh_token": True,
    }
    application = stand.client(stand.application_token())
    return application.call("POST", "/login", body).json()


def test_a_token_is_valid_for_fifteen_minutes_and_is_renewed(
    stand: MatrixStand, visitor: httpx.Client, chat: Json
) -> None:
    life = login(stand, chat["user"]["id"])["expires_in_ms"]
    assert 14 * 60_000 < life <= 15 * 60_000
    renewed = visitor.post("/api/token", json={}).json()["jwt"]
    assert renewed != chat["jwt"]
    whose = stand.client(renewed).call("GET", "/account/whoami").json()
    assert whose["user_id"] == chat["sdk"]["userId"]
    assert whose["device_id"] == chat["sdk"]["deviceId"]


def test_a_page_without_cookies_keeps_using_its_token(
    stand: MatrixStand, chat: Json
) -> None:
    which = {"chat": chat["user"]["name"]}
    with stand.visitor() as stranger:
        assert stranger.post("/api/token", json=which).status_code == 401
        shown = {"Authorization": f"Bearer {chat['jwt']}"}
        answer = stranger.post("/api/token", json=which, headers=shown)
    assert answer.status_code == 200
    assert answer.json()["jwt"]


@pytest.mark.parametrize(
    ("method", "where", "body"),
    [
        ("GET", "/rooms/{room}/messages?dir=f", None),
        ("GET", "/rooms/{room}/state", None),
        ("PUT", "/rooms/{room}/send/m.room.message/1", {"body": "I was here"}),
        ("POST", "/rooms/{room}/join", {}),
        ("POST", "/createRoom", {}),
        ("GET", "/profile/{user}", None),
        ("PUT", "/directory/room/%23mine:livechat.local", {"servers": []}),
    ],
)
def test_a_stranger_gets_403(
    stand: MatrixStand, chat: Json, method: str, where: str, body: Json | None
) -> None:
    with stand.visitor() as other:
        stranger = stand.client(other.post("/api/new", json={}).json()["jwt"])
    room, user = chat["conversation"]["id"], chat["user"]["id"]
    target = where.format(room=room, user=user)
    answer = stranger.call(method, target, body and {**body, "room_id": room})
    assert answer.status_code in (400, 403), answer.text
    assert answer.json()["errcode"] in ("M_FORBIDDEN", "M_EXCLUSIVE")


def test_a_visitor_can_invite_nobody_and_change_no_rule(
    stand: MatrixStand, chat: Json, page: MatrixClient
) -> None:
    room = chat["conversation"]["id"]
    invite = path("rooms", room, "invite")
    for user in ("@ben:livechat.local", "@visitor-x:livechat.local"):
        assert page.call("POST", invite, {"user_id": user}).status_code == 403
    levels = path("rooms", room, "state", "m.room.power_levels")
    assert page.call("PUT", levels, {"users_default": 100}).status_code == 403
    member = path("rooms", room, "state", "m.room.member", chat["user"]["id"])
    other_name = {"membership": "join", "displayname": "Support Agent"}
    assert page.call("PUT", member, other_name).status_code == 403


def test_a_visitor_needs_an_invitation_even_to_a_public_room_and_invites_nobody(
    stand: MatrixStand, chat: Json, page: MatrixClient
) -> None:
    application = stand.client(stand.application_token())
    lax = {"preset": "public_chat", "power_level_content_override": {"invite": 0}}
    room = application.call("POST", "/createRoom", lax).json()["room_id"]
    join, invite = path("join", room), path("rooms", room, "invite")
    visitor = {"user_id": chat["user"]["id"]}
    assert page.call("POST", join, {}).status_code == 403
    assert application.call("POST", invite, visitor).status_code == 200
    assert page.call("POST", join, {}).status_code == 200
    agent = {"user_id": "@ben:livechat.local"}
    assert page.call("POST", invite, agent).status_code == 403


def test_nobody_can_forge_the_end_of_a_chat_or_a_rating(
    desk: SupportDesk, chat: Json, page: MatrixClient
) -> None:
    room = chat["conversation"]["id"]
    for kind in ("livechat.chat_ended", "livechat.chat_reopened", "livechat.rating"):
        where = path("rooms", room, "send", kind, kind)
        forged = {"by": "agent", "reason": "", "stars": 5}
        assert page.call("PUT", where, forged).status_code == 403
    assert desk.ended(room) is None


def test_nobody_can_register_or_sign_in_as_a_visitor(
    stand: MatrixStand, chat: Json
) -> None:
    anybody = stand.client("nobody")
    assert anybody.call("POST", "/register", {"username": "me"}).status_code == 400
    account = {"type": "m.login.application_service", "username": "visitor-me"}
    assert anybody.call("POST", "/register", account).status_code == 401
    body = {
        "type": "m.login.password",
        "identifier": {"type": "m.id.user", "user": chat["user"]["id"]},
        "password": "",
    }
    assert anybody.call("POST", "/login", body).status_code == 403
