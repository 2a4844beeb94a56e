"""The descriptions of the sandbox's API, and whether it follows them.

Ours is part of the sandbox. Other people's are in ``descriptions``.
"""

import json
import re
import ssl
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, cast
from urllib.parse import urlsplit

import httpx
import pytest
import schemathesis
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis import strategies as st
from schemathesis.core.result import Ok
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    positive_data_acceptance,
    unsupported_method,
)

from livechat_helpers.sandbox.api import current_version, older_versions
from livechat_helpers.sandbox.api.application_calls import ApplicationCalls
from livechat_helpers.sandbox.api.gate import Gate
from livechat_helpers.sandbox.api.session_calls import SessionCalls
from livechat_helpers.sandbox.http.routing import AnyRoute, Mount, Route

from . import running
from .callers import Application, Caller, basic
from .running import Json
from .sockets import Session

OURS = Path(current_version.__file__).with_name("openapi.json")
OTHERS = sorted(Path(__file__).with_name("descriptions").glob("*.json"))


@dataclass
class Place:
    """A sandbox only for these tests, with things for the paths to name.

    known: the values, by parameter name.
    """

    url: str
    app: Application
    account: Caller
    known: dict[str, list[str]]

    def headers(self, case: Any) -> Json:
        """Return the credentials that a call needs."""
        if "/v2/" in case.path:
            return self.account.headers
        if "sessions" in case.path:
            return self.app.caller("alice").headers
        return self.app.admin.headers


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Json]:
    """A sandbox for whatever schemathesis makes up."""
    program = running.sandbox(tmp_path_factory.mktemp("described"))
    yield program.ready()
    assert program.stop() == 0
    assert program.errors() == "", "no request may make the sandbox complain"


@pytest.fixture
def place(here: Json, key: RSAPrivateKey) -> Iterator[Place]:
    """An application for one operation."""
    with httpx.Client(base_url=here["http"], trust_env=False, timeout=60) as http:
        account = basic(http, here)
        app = Application(http, account, key)
        conversation, [member] = app.chat("alice")
        app.user("brave-otter")  # the users in the description's examples
        app.user("bob")
        invited = app.member(conversation, "bob", "invited")["id"]
        said = app.say(conversation, "Hello", member)
        session = Session(here["http"], app.token("alice"))
        known = {
            "id": [app.id],  # another description's name for it
            "application_id": [app.id],
            "user_id": [session.user["user_id"]],
            "conversation_id": [conversation],
            "member_id": [member, invited],
            "event_id": [said["id"]],
            "session_id": [session.id],
        }
        yield Place(here["http"], app, account, known)
        with suppress(OSError):  # it may have been ended
            session.drop()  # it hasn't read anything, so it doesn't get the goodbye
        session.close()


@cache
def described(file: Path) -> Any:
    """Return a description as schemathesis reads it."""
    generation = {
        "mode": "all",
        "allow-extra-parameters": False,  # the sandbox accepts them
        "with-security-parameters": False,  # other tests cover these
    }
    config = schemathesis.Config.from_dict({"generation": generation})
    return schemathesis.openapi.from_path(file, config=config)


def paths(file: Path) -> list[str]:
    """Return every path that a description has."""
    return [*json.loads(file.read_bytes())["paths"]]


CASES = [4, pytest.param(40, marks=pytest.mark.weekly)]
"""How many calls of each operation are generated: on every commit, and weekly."""


def try_every_operation(
    place: Place,
    file: Path,
    path: str,
    modes: Sequence[GenerationMode],
    check: Callable[[Any, schemathesis.Response, Json], None],
    cases: int,
) -> None:
    """Generate calls to every operation that a description has for a path.

    modes: whether to send what it allows, what it doesn't, or both. check: called with
        a call, its answer and the headers that it was sent with.
    """
    url = place.url + urlsplit(described(file).get_base_url()).path
    operations = described(file)[path]
    methods = {*operations} - {"parameters"}
    for method in sorted(methods, reverse=True):  # deletions come last

        @settings(
            max_examples=cases,
            derandomize=True,
            database=None,
            deadline=None,
            phases=(Phase.generate,),
            suppress_health_check=(HealthCheck.too_slow, HealthCheck.filter_too_much),
        )
        @given(case=st.one_of([operations[method].as_strategy(mode) for mode in modes]))
        def call(case: Any) -> None:
            for name, value in case.path_parameters.items():
                # Most cases name things that exist. Otherwise, every answer would be
                # 404.
                number = zlib.crc32(str(value).encode())
                if number % 4:
                    there = place.known.get(name, [value])
                    case.path_parameters[name] = there[number % len(there)]
            headers = place.headers(case)
            answer = case.call(base_url=url.rstrip("/"), headers=headers)
            check(case, answer, headers)

        call()


# Ours


def keeps_to_ours(case: Any, answer: schemathesis.Response, headers: Json) -> None:
    """Check an answer in every way that schemathesis can."""
    excluded = []
    if answer.status_code == 400 and answer.json().get("code") != INVALID:
        # Such a request is well formed, but it conflicts with the current state,
        # such as a join by somebody who has left.
        excluded.append(positive_data_acceptance)
    case.validate_response(answer, headers=headers, excluded_checks=excluded)


def _public_key() -> str:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    public = key.public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


INVALID = "http:error:validation-fail"
# A schema can't say how to make these up.
schemathesis.openapi.format("public-key", st.builds(_public_key))
schemathesis.openapi.format("cursor", st.sampled_from(["WzEsMF0", "WzIsMV0"]))


@pytest.mark.parametrize("cases", CASES)
# On /v0.3, they're the same as on /v1, and the v0.3 description has them, too.
@pytest.mark.parametrize("path", [p for p in paths(OURS) if "/v0.3/" not in p])
def test_every_answer_matches_our_description(
    place: Place, path: str, cases: int
) -> None:
    modes = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
    try_every_operation(place, OURS, path, modes, keeps_to_ours, cases)


@pytest.mark.parametrize("chains", [2, pytest.param(40, marks=pytest.mark.weekly)])
def test_calls_that_build_on_each_other_are_answered_as_described(
    place: Place, chains: int
) -> None:
    machine: Any = described(OURS).as_state_machine()
    beginning = f"{place.url}/_sandbox/snapshots/beginning"
    account = place.account.headers
    httpx.put(beginning, headers=account).raise_for_status()

    @seed(1)
    class Calls(machine):
        def setup(self) -> None:
            # The same calls must have the same answers: hypothesis relies on it.
            url = f"{beginning}/restore"
            httpx.post(url, headers=account, json={"seed": "1"}).raise_for_status()

        def get_call_kwargs(self, case: Any) -> Json:
            return {"base_url": place.url, "headers": place.headers(case)}

        def validate_response(
            self, response: schemathesis.Response, case: Any, **_: Any
        ) -> None:
            keeps_to_ours(case, response, place.headers(case))

    Calls.run(
        settings=settings(
            max_examples=chains,
            stateful_step_count=20,
            phases=(Phase.generate,),
            database=None,
            deadline=None,
            suppress_health_check=(HealthCheck.too_slow, HealthCheck.filter_too_much),
        )
    )


def test_our_description_is_valid_openapi() -> None:
    described(OURS).validate()


def test_our_description_names_the_host_that_was_asked(
    ready: Json,
) -> None:
    written = json.loads(OURS.read_bytes())
    trusting = ssl.create_default_context(cafile=ready["ca"])
    for listener in (ready["http"], ready["tls"]):
        for url in (listener, listener.replace("127.0.0.1", "localhost")):
            answer = httpx.get(
                f"{url}/_sandbox/openapi.json", verify=trusting, trust_env=False
            )
            assert answer.status_code == 200
            assert answer.json() == {**written, "servers": [{"url": url}]}


def test_our_description_has_every_served_call() -> None:
    def calls(routes: Sequence[AnyRoute], root: str = "") -> set[tuple[str, str]]:
        found: set[tuple[str, str]] = set()
        for route in routes:
            if isinstance(route, Mount):
                found |= calls(route.routes, root + route.path)
            elif isinstance(route, Route):
                path = re.sub("{.*?}", "{}", root + route.path)
                found |= {(method, path) for method in route.methods}
        return found

    nobody = cast(Any, None)  # it doesn't matter here which sandbox it is
    written = calls_of(OURS)
    for name, other in (("/beta/", "/v0.1/"), ("/beta2/", "/v0.2/")):
        written |= {(method, path.replace(name, other)) for method, path in written}
    gate = Gate(nobody, nobody, nobody)
    sessions = SessionCalls(nobody, "")
    current = current_version.paths(nobody, nobody, sessions)
    routes = [
        *ApplicationCalls(nobody, nobody, nobody, nobody, nobody).routes(),
        *current_version.routes(gate, current),
        *older_versions.routes(gate, current, sessions.refresh_session),
    ]
    assert calls(routes) == written


# Other people's descriptions

UNLIKE = {
    ("GET", "/v0.3/legs"): "legs are of telephones, which a chat has none of",
    ("DELETE", "/v0.3/legs/{}"): "the same",
    ("DELETE", "/v0.3/conversations/{}/events/{}"): "it says 200, other sources 204",
    ("GET", "/v1/conversations/{}/events"): "customers were answered an object in 2024",
}
"""Calls of other descriptions where the sandbox differs on purpose, and why."""


def calls_of(path: Path) -> set[tuple[str, str]]:
    """Return the method and path of every call in a description."""
    schema = schemathesis.openapi.from_path(path)
    return {
        call_of(found.ok())
        for found in schema.get_all_operations()
        if isinstance(found, Ok)
    }


def call_of(operation: Any) -> tuple[str, str]:
    """Return an operation's method and path, without the parameters' names."""
    base = urlsplit(operation.schema.get_base_url()).path.rstrip("/")
    path = re.sub("{.*?}|(?<=/members/)me$", "{}", base + operation.path)
    return operation.method.upper(), path


def keeps_to_others(case: Any, answer: schemathesis.Response, headers: Json) -> None:
    """Check a successful answer.

    Each description names some errors and leaves out others. Ours names them all, so it
    also checks their format.
    """
    assert answer.status_code < 500
    if answer.status_code < 400 and call_of(case.operation) not in UNLIKE:
        # The sandbox has methods that they don't have, such as PATCH for a
        # conversation.
        case.validate_response(
            answer, headers=headers, excluded_checks=[unsupported_method]
        )


@pytest.mark.parametrize("path", [pytest.param(p, id=p.name) for p in OTHERS])
def test_every_call_described_elsewhere_is_described_here(path: Path) -> None:
    assert calls_of(path) - calls_of(OURS) <= UNLIKE.keys()


@pytest.mark.parametrize("cases", CASES)
@pytest.mark.parametrize(
    ("file", "path"),
    [
        pytest.param(file, path, id=f"{file.stem} {path}")
        for file in OTHERS
        for path in paths(file)
    ],
)
def test_every_success_matches_other_descriptions(
    place: Place, file: Path, path: str, cases: int
) -> None:
    # A request that they call wrong may be valid. Our description says what's refused.
    modes = (GenerationMode.POSITIVE,)
    try_every_operation(place, file, path, modes, keeps_to_others, cases)
