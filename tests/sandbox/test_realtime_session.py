"""RealtimeSession, the kit's own client: it gets events, and survives power cuts."""

import threading
import time
from collections.abc import Iterator
from pathlib import Path
from queue import Queue

import httpx
import pytest
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

from livechat_helpers.realtime import RealtimeSession

from . import running
from .callers import Application, basic
from .running import Json, eventually


class Agent:
    """A user whose session notes all that happens to it.

    app: the user's application. url: the sandbox. token_life: seconds.
    """

    def __init__(self, app: Application, url: str, token_life: int = 900) -> None:
        self.events: Queue[tuple[str, Json]] = Queue()
        self.logins = 0
        self.drops: list[str] = []
        self.refreshed: list[str] = []
        self._app = app
        self._token_life = token_life
        self.session = RealtimeSession(
            url,
            self._token,
            token_life=token_life,
            refresh=self._refresh,
            on_event=lambda name, payload: self.events.put((name, payload)),
            on_login=self._logged_in,
            on_drop=self.drops.append,
        )
        self.session.start()

    def _token(self) -> str:
        return self._app.token("agent", seconds=self._token_life)

    def _refresh(self, session_id: str) -> None:
        caller = self._app.bearer(self._token())
        assert caller.put(f"/v0.2/sessions/{session_id}", {}).status_code == 200
        self.refreshed.append(session_id)

    def _logged_in(self) -> None:
        self.logins += 1

    def text(self) -> str:
        """Return the next message's text."""
        name, payload = self.events.get(timeout=20)
        assert name == "message"
        return payload["body"]["text"]


@pytest.fixture
def agents() -> Iterator[list[Agent]]:
    """The agents of a test, who log out at its end."""
    agents: list[Agent] = []
    yield agents
    for agent in agents:
        agent.session.close()


def test_it_gets_events_as_they_happen_and_logs_out(
    app: Application, ready: Json, agents: list[Agent]
) -> None:
    conversation, _ = app.chat("agent")
    agents.append(agent := Agent(app, ready["http"]))
    eventually(lambda: agent.logins == 1)
    for number in range(5):
        app.say(conversation, str(number))
    assert [agent.text() for _ in range(5)] == list("01234")
    before = app.http.get("/_sandbox/health").json()["sessions"]
    agent.session.close()
    eventually(
        lambda: app.http.get("/_sandbox/health").json()["sessions"] == before - 1
    )
    assert not any(t.name == "realtime-session" for t in threading.enumerate())
    assert agent.drops == [], "who leaves is not dropped"


def test_it_gets_a_new_token_before_the_old_one_ends(
    app: Application, ready: Json, agents: list[Agent]
) -> None:
    conversation, _ = app.chat("agent")
    agents.append(agent := Agent(app, ready["http"], token_life=4))
    first_token_ends = time.time() + 4
    eventually(lambda: agent.refreshed and time.time() > first_token_ends)
    app.say(conversation, "after the first token ended")
    assert agent.text() == "after the first token ended"
    assert (agent.logins, agent.drops) == (1, [])


def test_it_logs_in_anew_when_its_session_was_ended(
    app: Application, ready: Json, agents: list[Agent]
) -> None:
    conversation, _ = app.chat("agent")
    agents.append(agent := Agent(app, ready["http"]))
    eventually(lambda: agent.logins == 1)
    app.admin.delete("/v1/users/agent")
    eventually(lambda: len(agent.drops) >= 2)
    assert "User does not exist" in agent.drops[1]
    app.user("agent")
    app.member(conversation, "agent")
    eventually(lambda: agent.logins == 2)
    app.say(conversation, "welcome back")
    while True:
        name, payload = agent.events.get(timeout=20)
        if name == "message":
            assert payload["body"]["text"] == "welcome back"
            break


def test_it_comes_back_after_each_power_cut(
    tmp_path: Path, key: RSAPrivateKey, agents: list[Agent]
) -> None:
    program = running.sandbox(tmp_path)
    ready = program.ready()
    with httpx.Client(base_url=ready["http"], trust_env=False) as http:
        app = Application(http, basic(http, ready), key)
        conversation, _ = app.chat("agent")
        agents.append(agent := Agent(app, ready["http"]))
        eventually(lambda: agent.logins == 1)
        for cut in range(1, 3):
            program.kill()
            eventually(lambda cut=cut: len(agent.drops) >= cut)
            program = running.sandbox(tmp_path)
            assert program.ready() == ready
            eventually(lambda cut=cut: agent.logins == cut + 1)
            app.say(conversation, f"after cut {cut}")
            assert agent.text() == f"after cut {cut}", "once, and on the new socket"
        assert program.stop() == 0
        eventually(lambda: len(agent.drops) >= 3)
        agent.session.close()


def test_it_can_be_closed_while_the_server_is_away(
    app: Application, agents: list[Agent]
) -> None:
    agents.append(agent := Agent(app, "http://127.0.0.1:9"))
    eventually(lambda: agent.drops)
    agent.session.close()
    assert agent.logins == 0
