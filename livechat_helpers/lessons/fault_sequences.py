"""Judge an answer over many sequences of faults, and draw the shortest that breaks it.

A sequence is a tuple of words, one for each event. Playing it with an answer gives a
*story*: the result, and the steps that led to it.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from random import Random
from typing import Any

from livechat_helpers.sandbox.remote.sequence import escape

from .content import Mistaken, Unexpected
from .judging import SEED, generated, judge

COUNT = 200
"""How many sequences an answer is tried with."""

Faults = tuple[str, ...]


@dataclass(frozen=True)
class Step:
    """One event in a story: from whom, to whom, and what."""

    sender: str
    receiver: str
    what: str


@dataclass(frozen=True)
class Story:
    """What an answer did with a sequence.

    result: the outcome, in words; stories are compared by it.
    steps: how it happened.
    """

    result: str
    steps: tuple[Step, ...] = field(default=(), compare=False)

    def __repr__(self) -> str:
        return self.result


Play = Callable[[Any, Faults], Story]


def judge_over_sequences(
    play: Play,
    answer: Any,
    right: Any,
    make: Callable[[Random], Faults],
    mistakes: Mapping[str, Any],
    *,
    name: str,
) -> None:
    """Compare an answer with known mistakes over random sequences of faults.

    play: plays one sequence with an answer.
    answer: the answer to judge.
    right: does what the answer should.
    make: makes a sequence from random numbers.
    mistakes: answers that make a known mistake, by name.
    name: the answer's name.

    Raises:
        Mistaken, Unexpected: the answer is wrong; the error's ``diagram`` shows the
            shortest sequence that breaks it.
        Exception: the answer raised this error.
    """
    sequences = sorted({*generated(make, COUNT)}, key=lambda one: (len(one), one))
    stories: dict[Faults, Story] = {}

    def playing(given: Any) -> Callable[[Faults], Story]:
        return lambda faults: play(given, faults)

    def kept(faults: Faults) -> Story:
        stories[faults] = play(answer, faults)
        return stories[faults]

    try:
        judge(
            kept,
            playing(right),
            [(one,) for one in sequences],
            {mistake: playing(does) for mistake, does in mistakes.items()},
            name=name,
        )
    except (Mistaken, Unexpected) as found:
        broken = next(s for s in sequences if stories[s] != play(right, s))
        found.diagram = drawn(stories[broken])
        raise


def drawn(story: Story) -> str:
    """Return the text of a Mermaid sequence diagram for a story."""
    people = [*dict.fromkeys(p for s in story.steps for p in (s.sender, s.receiver))]
    ids = {person: f"p{number}" for number, person in enumerate(people)}
    lines = [
        "sequenceDiagram",
        "accTitle: The shortest sequence of faults that breaks the answer",
        f"accDescr: {len(story.steps)} steps, and then {escape(story.result, 200)}",
        *(f"participant {ids[person]} as {escape(person)}" for person in people),
    ]
    for step in story.steps:
        ends = f"{ids[step.sender]}->>{ids[step.receiver]}"
        lines.append(f"{ends}: {escape(step.what)}")
    if people:
        last = people[0]
        lines.append(f"Note over {ids[last]}: {escape(story.result, 200)}")
    return "\n".join(lines) + "\n"


def how_drawn() -> dict[str, int]:
    """Return the details for a diagram: the number of sequences, and the seed."""
    return {"count": COUNT, "seed": SEED}
