"""Two website processes on one folder behave as one."""

import json
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import httpx
import pytest
from sandbox.running import Json

from livechat_helpers.agent_links import link_code
from livechat_helpers.website.rate_limits import SIGN_INS_OF_AN_ADDRESS

from .conftest import UNUSED, MakeSite, Site
from .test_agent_api import signed_in
from .test_webhooks import deliver, signature

VISITORS = 10


class Pair:
    """A site with a second process of its website."""

    def __init__(self, site: Site) -> None:
        self.site = site
        self.second = site.start_website()
        self.urls = [site.url, self.second.ready()["url"]]

    def both(self, cookies: httpx.Cookies | None = None) -> list[httpx.Client]:
        """Return one browser's client for each process."""
        return [
            httpx.Client(
                base_url=url,
                cookies=cookies,
                trust_env=False,
                timeout=30,
                verify=UNUSED,
            )
            for url in self.urls
        ]

    def users(self) -> list[str]:
        """Return the names of all users."""
        return self._names("users")

    def conversations(self) -> list[str]:
        """Return the names of all conversations."""
        return self._names("conversations")

    def _names(self, kind: str) -> list[str]:
        with self.site.application() as application:
            query = {"page_size": 100, "order": "desc"}
            answer = application.get(f"/v0.3/{kind}", params=query)
            return [one["name"] for one in answer.json()["_embedded"][kind]]


@pytest.fixture(scope="module")
def pair(make_site: MakeSite) -> Iterator[Pair]:
    two = Pair(make_site())
    yield two
    assert "Traceback" not in two.second.errors()
    two.second.kill()


@contextmanager
def browsers(pair: Pair, count: int) -> Iterator[list[list[httpx.Client]]]:
    """Yield some visitors who have the page, each with a client for both processes."""
    made: list[list[httpx.Client]] = []
    for number in range(count):
        with pair.site.visitor() as browser:
            page = browser.get(pair.urls[number % 2] + "/")
            assert page.headers["cache-control"] == "no-store", "nobody else's cookie"
            made.append(pair.both(browser.cookies))
    yield made
    for each in [each for both in made for each in both]:
        each.close()


def ask(browser: httpx.Client) -> Json:
    """Ask for the visitor's chat."""
    answer = browser.post("/api/new")
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_two_that_start_at_the_same_time_share_keys_and_application(
    make_site: MakeSite,
) -> None:
    site = make_site()
    site.website.stop()
    for name in ("cookie.key", "agent-password", "demonstration.json"):
        (site.sandbox_dir / name).unlink()
    for file in site.sandbox_dir.glob("website-*"):
        file.unlink()
    started = [site.start_website() for _ in range(3)]
    try:
        urls = [one.ready()["url"] for one in started]
        with site.visitor() as browser:
            chats = [browser.post(f"{url}/api/new").json() for url in urls]
            password = (site.sandbox_dir / "agent-password").read_text()
            for url in urls:
                body = {"password": password}
                answer = browser.post(f"{url}/api/jwt/agent", json=body)
                assert answer.status_code == 200
        assert len({chat["conversation"]["id"] for chat in chats}) == 1
    finally:
        for one in started:
            one.kill()


def test_two_calls_from_one_visitor_at_the_same_time_open_one_conversation(
    pair: Pair,
) -> None:
    before = len(pair.users())
    with browsers(pair, VISITORS) as visitors, ThreadPoolExecutor(4 * VISITORS) as pool:
        calls = [each for both in visitors for each in both * 2]
        chats = list(pool.map(ask, calls))
    of_each = [
        {chat["conversation"]["id"] for chat in chats[4 * n : 4 * n + 4]}
        for n in range(VISITORS)
    ]
    assert [len(ids) for ids in of_each] == [1] * VISITORS
    assert len(set.union(*of_each)) == VISITORS
    assert len(pair.users()) - before in (VISITORS, VISITORS + 1), "and the agent"


def test_in_a_crowd_nobody_is_refused_and_nobody_shares_a_chat(pair: Pair) -> None:
    crowd = 60
    with browsers(pair, crowd) as visitors, ThreadPoolExecutor(crowd) as pool:
        here = [both[number % 2] for number, both in enumerate(visitors)]
        chats = list(pool.map(ask, here))
    assert len({chat["conversation"]["id"] for chat in chats}) == crowd
    assert len({chat["user"]["id"] for chat in chats}) == crowd


def test_a_chat_continues_on_the_other_server(pair: Pair) -> None:
    with browsers(pair, 1) as [[here, there]]:
        first = ask(here)
        there.cookies = here.cookies
        assert ask(there)["conversation"] == first["conversation"]
        assert there.post("/api/token").status_code == 200
        assert there.post("/api/end").status_code == 200
        second = ask(here)
        assert second["conversation"]["id"] != first["conversation"]["id"]
        # The answer with the new cookie got lost, but the old one works, too.
        assert ask(there)["conversation"] == second["conversation"]


def test_a_visitor_without_cookies_is_a_new_one_each_time(pair: Pair) -> None:
    urls = [f"{url}/api/new" for url in pair.urls]
    answers = [httpx.post(url, trust_env=False, timeout=60) for url in urls * 2]
    assert len({answer.json()["conversation"]["id"] for answer in answers}) == 4


def test_an_agent_is_signed_in_on_both_servers(pair: Pair) -> None:
    code = link_code(pair.site.sandbox_dir)
    here, there = pair.both()
    with here, there:
        assert here.post("/api/jwt/agent", json={"code": code}).status_code == 200
        assert there.post("/api/jwt/agent", json={"code": code}).status_code == 401
        there.cookies = here.cookies
        assert there.post("/api/jwt/agent", json={}).status_code == 200


def test_two_servers_count_password_guesses_together(pair: Pair) -> None:
    who = {"X-Forwarded-For": "203.0.113.7"}
    here, there = pair.both()
    with here, there:
        half = SIGN_INS_OF_AN_ADDRESS.amount // 2
        for browser in [here, there] * half:
            answer = browser.post("/api/jwt/agent", json={"password": "?"}, headers=who)
            assert answer.status_code == 401
        for browser in (here, there):
            answer = browser.post("/api/jwt/agent", json={"password": "?"}, headers=who)
            assert answer.status_code == 429


def test_a_webhook_counts_once_on_both_servers(pair: Pair) -> None:
    token = signature(pair.site)
    here, there = pair.both()
    with here, there:
        assert deliver(here, token) == 204
        assert deliver(there, token) == 401


def test_a_second_website_leaves_the_firsts_port_and_record_alone(
    make_site: MakeSite,
) -> None:
    site = make_site()
    note = site.sandbox_dir / "website.json"
    second = site.start_website()
    second.ready()
    second.stop()
    assert json.loads(note.read_bytes()) == site.ready
    site.website.stop()
    assert not note.exists()
    site.website = site.start_website()
    assert site.website.ready() == site.ready


def test_an_agent_who_signed_in_before_a_new_password_signs_in_again(
    pair: Pair,
) -> None:
    pair.site.env_file.write_text("AGENT_PASSWORD='open sesame'\n")
    with signed_in(pair.site) as agent:
        assert agent.post("/api/jwt/agent", json={}).status_code == 200
        pair.site.env_file.write_text("AGENT_PASSWORD='open sesame 2'\n")
        answer = agent.post("/api/jwt/agent", json={})
        assert answer.status_code == 401
        assert "changed" in answer.json()["detail"]
