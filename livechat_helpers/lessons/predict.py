"""Predict, then run: a question about what the next cell will show.

Choosing an option only confirms that it was noted. After running the cell, learners can
ask whether they were right.
"""

from collections.abc import Callable
from html import escape
from string import ascii_lowercase
from typing import Any

import ipywidgets

from .feedback import Note, marked
from .wording import Option, Question, message

Told = Callable[[str], None]
"""Called with the letter that was chosen."""

WHY = "why"
"""Given instead of a letter, to ask whether the prediction was right."""


class Noted:
    """The answer to a prediction, with whether it was right hidden behind it.

    note: the message to show right away.
    why: the message to show on demand.
    """

    def __init__(self, note: Note, why: Note) -> None:
        self.note = note
        self.why = why

    def __repr__(self) -> str:
        return repr(self.note)

    def _repr_html_(self) -> str:
        summary = f"<summary>{escape(message('was_i_right'))}</summary>"
        hidden = f"<details>{summary}{self.why._repr_html_()}</details>"
        return self.note._repr_html_() + hidden


class Prediction:
    """A question to answer before a cell runs.

    name: such as ``2.a``.
    question: the question with its options.
    told: called after each choice.
    """

    def __init__(self, name: str, question: Question, told: Told) -> None:
        self._name = name
        self._question = question
        self._told = told
        self._options = dict(zip(ascii_lowercase, question.options, strict=False))

    def choose(self, letter: str) -> Noted | Note:
        """Record a choice, and return the message about it.

        letter: the option's letter.
        """
        if letter not in self._options:
            letters = ", ".join(self._options)
            text = message("no_such_option", number=self._name, letters=letters)
            return Note(message("no_such_choice"), text)
        self._told(letter)
        text = message("noted", name=self._name)
        return Noted(Note(f"{self._name}", text), self.verdict(letter))

    def verdict(self, letter: str) -> Note:
        """Return whether a choice was right, and why.

        letter: the letter of an existing option.
        """
        option: Option = self._options[letter]
        title = message("predicted" if option.right else "surprised")
        return Note(title, option.why, state="correct" if option.right else "not yet")

    def __repr__(self) -> str:
        lines = [f"{message('predict')} {self._question.text}"]
        lines += [f"   {key}) {one.text}" for key, one in self._options.items()]
        return "\n".join([*lines, self._how()]).replace("`", "")

    def _how(self) -> str:
        return message("predict_how", name=self._name)

    def _repr_html_(self) -> str:
        items = "".join(f"<li>{marked(o.text)}</li>" for o in self._options.values())
        return (
            f"<p><strong>{marked(message('predict'))}</strong> "
            f"{marked(self._question.text)}</p><ol type='a'>{items}</ol>"
            f"<p>{marked(self._how())}</p>"
        )

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        form = self.form()._repr_mimebundle_() or {}
        return {**form, "text/plain": repr(self), "text/html": self._repr_html_()}

    def form(self) -> ipywidgets.VBox:
        """Return the question as radio buttons."""
        wide = ipywidgets.Layout(width="auto", max_width="44em")
        asked = ipywidgets.HTML(
            f"<strong>{marked(message('predict'))}</strong> "
            f"{marked(self._question.text)}",
            layout=wide,
        )
        choices = [
            (f"{letter}) {option.text}".replace("`", ""), letter)
            for letter, option in self._options.items()
        ]
        buttons = ipywidgets.RadioButtons(options=choices, value=None, layout=wide)
        said = ipywidgets.HTML()

        def chosen(change: dict[str, Any]) -> None:
            said.value = self.choose(change["new"])._repr_html_()

        buttons.observe(chosen, "value")
        return ipywidgets.VBox([asked, buttons, said])
