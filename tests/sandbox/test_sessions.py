"""Sessions over REST: listed, opened ahead of a websocket, ended."""

from .callers import Application
from .running import Json
from .sockets import Session


def test_a_users_sessions_are_listed(app: Application, ready: Json) -> None:
    app.user("alice")
    app.user("bob")
    alice = app.caller("alice")
    with (
        Session(ready["http"], app.token("alice")) as one,
        Session(ready["http"], app.token("alice")) as other,
        Session(ready["http"], app.token("bob")),
    ):
        listed = alice.get("/v0.3/users/me/sessions").json()
        sessions = listed["_embedded"]["sessions"]
        assert [session["id"] for session in sessions] == [one.id, other.id]
        embedded = sessions[0]["_embedded"]
        assert embedded["user"]["name"] == "alice"
        assert embedded["api_key"] == ready["api_key"]
        assert sessions[0]["properties"]["ttl"] > 0
        assert app.admin.get("/v1/users/alice/sessions").json()["_embedded"]
        page = alice.get("/v0.3/users/me/sessions", page_size=1).json()
        assert "next" in page["_links"]
        refused = alice.get("/v0.3/users/bob/sessions")
        assert refused.status_code == 403, "not somebody else's"


def test_a_session_opened_over_rest_is_taken_up_by_a_websocket(
    app: Application, ready: Json
) -> None:
    app.user("alice")
    made = app.caller("alice").post("/v0.3/sessions")
    assert made.status_code == 201
    with Session(ready["http"], app.token("alice"), session_id=made.json()["id"]) as it:
        assert it.id == made.json()["id"]


def test_a_session_is_ended_over_rest(app: Application, ready: Json) -> None:
    app.user("alice")
    alice = app.caller("alice")
    with Session(ready["http"], app.token("alice")) as session:
        path = f"/v0.3/sessions/{session.id}"
        assert alice.post(f"{path}/touch").status_code == 204
        assert alice.delete(path).status_code == 204
        assert session.ended() == ["41"], "its client is told that it is over"
        assert alice.delete(path).status_code == 404
        assert alice.post(f"{path}/touch").status_code == 404


def test_nobody_ends_somebody_elses_session(app: Application, ready: Json) -> None:
    app.user("alice")
    app.user("bob")
    with Session(ready["http"], app.token("alice")) as session:
        refused = app.caller("bob").delete(f"/v0.3/sessions/{session.id}")
        assert refused.status_code == 404
        assert refused.json()["code"] == "session:error:not-found"
