"""The names of visitors: two inoffensive words."""

import re

from coolname import generate

from livechat_helpers.visitor_names import UNKIND, visitor_name


def test_no_name_contains_an_offensive_word() -> None:
    drawn = {word for _ in range(3000) for word in generate(2)}
    assert drawn & UNKIND, "the list has words that are drawn"
    names = [visitor_name() for _ in range(3000)]
    assert all(re.fullmatch(r"[a-z]+-[a-z]+", name) for name in names)
    assert not {word for name in names for word in name.split("-")} & UNKIND


def test_the_reported_words_are_on_the_list() -> None:
    assert {"aboriginal", "fat", "sexy", "skinny", "pig"} <= UNKIND
