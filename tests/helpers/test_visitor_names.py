"""The names of visitors: two inoffensive words."""

import re

from coolname import generate

from livechat_helpers.visitor_names import UNKIND, visitor_name


def test_no_name_holds_a_word_that_somebody_might_mind() -> None:
    drawn = {word for _ in range(3000) for word in generate(2)}
    assert drawn & UNKIND, "the list is not about words that are never drawn"
    names = [visitor_name() for _ in range(3000)]
    assert all(re.fullmatch(r"[a-z]+-[a-z]+", name) for name in names)
    assert not {word for name in names for word in name.split("-")} & UNKIND


def test_the_words_that_were_reported_are_among_them() -> None:
    assert {"aboriginal", "fat", "sexy", "skinny", "pig"} <= UNKIND
