"""A check names a mistake only if an answer acts like that mistake on all inputs."""

from typing import Any

import pytest

from livechat_helpers.lessons import access
from livechat_helpers.lessons.calling import swallowed
from livechat_helpers.lessons.content import Mistaken, Unexpected
from livechat_helpers.lessons.judging import close_to, generated, judge

INPUTS = [(number,) for number in generated(lambda random: random.randint(2, 99))]


def double(number: int) -> int:
    return 2 * number


def squared(number: int) -> int:
    return number * number


def judged(answer: Any) -> None:
    judge(answer, double, INPUTS, {"squared": squared}, name="double")


def test_generated_inputs_are_many_and_the_same_each_time() -> None:
    assert len({*INPUTS}) > 10
    assert generated(lambda random: random.random()) == generated(
        lambda random: random.random()
    )


async def doubled(number: int) -> int:
    return number + number


@pytest.mark.parametrize("answer", [double, doubled, lambda n: n << 1])
def test_an_answer_that_does_the_same_on_all_inputs_is_right(answer: Any) -> None:
    judged(answer)


def test_an_answer_that_acts_like_a_mistake_on_all_inputs_gets_its_name() -> None:
    with pytest.raises(Mistaken) as found:
        judged(lambda number: number**2)
    assert found.value.mistake == "squared"
    first = INPUTS[0][0]
    assert found.value.details["given"] == f"double({first})"


def test_an_answer_that_does_so_on_one_input_gets_the_expected_result() -> None:
    with pytest.raises(Unexpected) as found:
        judged(lambda number: number**2 if number < 60 else 0)
    first = INPUTS[0][0]
    assert found.value.details["wanted"] == f"`{2 * first}`"


def test_an_error_that_no_known_mistake_causes_is_the_learners_own() -> None:
    with pytest.raises(ZeroDivisionError):
        judged(lambda number: number // 0)


def test_an_error_that_a_known_mistake_causes_has_its_name() -> None:
    with pytest.raises(Mistaken, match="divided"):
        judge(lambda n: n / 0, double, INPUTS, {"divided": lambda n: 1 // 0})


def test_an_answer_cannot_change_the_next_ones_input() -> None:
    def answer(events: list[int]) -> int:
        events.sort()
        return events[0]

    given = [([3, 1, 2],)]
    judge(answer, min, given)
    assert given == [([3, 1, 2],)]


def test_times_can_differ_a_little() -> None:
    judge(lambda n: n + 0.5, lambda n: n, INPUTS, same=close_to(1))
    with pytest.raises(Unexpected):
        judge(lambda n: str(n), lambda n: n, INPUTS, same=close_to(1))


ROOM = "CON-11111111-1111-4111-8111-111111111111"
METHODS = {"methods": ["GET", "POST"]}


def test_an_acl_opens_what_it_names_and_nothing_else() -> None:
    acl = {"paths": {f"/*/conversations/{ROOM}/events": METHODS}}
    assert access.allowed(acl, ROOM) == access.on_events(ROOM, "GET", "POST")


@pytest.mark.parametrize(
    ("path", "opened"),
    [
        (
            "/*/conversations/*/events",
            ("GET", f"/v1/conversations/{access.OTHER}/events"),
        ),
        (f"/*/conversations/{ROOM}", ("DELETE", f"/v0.3/conversations/{ROOM}")),
        ("/*/users/**", ("DELETE", "/v1/users/1")),
        ("/*/push/**", ("POST", "/v1/push")),
        ("/v1/sessions", ("POST", "/v1/sessions")),
    ],
)
def test_an_acl_that_allows_too_much_is_noticed(path: str, opened: access.Call) -> None:
    assert opened in access.allowed({"paths": {path: {}}}, ROOM)


@pytest.mark.parametrize("acl", [None, {}, [], "paths", {"paths": []}])
def test_an_invalid_acl_allows_nothing(acl: Any) -> None:
    assert access.allowed(acl, ROOM) == set()


def test_an_error_that_an_answer_hides_is_found() -> None:
    def hides(text: str) -> int | None:
        try:
            return int(text)
        except ValueError:
            return None

    assert swallowed(hides, "7") is None
    assert isinstance(swallowed(hides, "seven"), ValueError)


def test_two_long_results_are_shown_from_where_they_differ() -> None:
    def right(number: int) -> list[int]:
        return [*range(100), number]

    with pytest.raises(Unexpected) as found:
        judge(lambda number: [*range(101)], right, INPUTS, name="count")
    wanted, got = found.value.details["wanted"], found.value.details["got"]
    assert wanted == f"`… 95, 96, 97, 98, 99, {INPUTS[0][0]}]`"
    assert got == "`… 95, 96, 97, 98, 99, 100]`"
