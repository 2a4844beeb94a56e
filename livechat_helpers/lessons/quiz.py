"""The questions at the end of a notebook: a form to click, and the same as text.

On a web page, or before the notebook has been run, there's only the text, so that's
what nbval compares. The form contains the same, and explains each option when it's
chosen.
"""

from collections.abc import Callable, Sequence
from html import escape
from string import ascii_lowercase
from typing import Any

import ipywidgets

from .feedback import Note, marked
from .wording import Option, Question, message

Told = Callable[[int, bool], None]
"""Called with a question's number, and whether the answer was right."""


class Quiz:
    """The questions of one lesson.

    questions: the questions.
    told: called after every answer.
    """

    def __init__(self, questions: Sequence[Question], told: Told) -> None:
        self._questions = questions
        self._told = told

    def answer(self, number: int, letter: str) -> Note:
        """Return the message about an answer.

        number: the question's number, starting at 1.
        letter: the option's letter.
        """
        options = self._options(number)
        if letter not in options:
            letters = ", ".join(options)
            text = message("no_such_answer", count=len(self._questions))
            if options:
                text = message("no_such_option", number=number, letters=letters)
            return Note(message("no_such_choice"), text)
        option = options[letter]
        self._told(number, option.right)
        if option.right:
            title = message("question_right", number=number)
            return Note(title, option.why, state="correct")
        title = message("question_wrong", number=number)
        return Note(title, option.why, state="not yet")

    def _options(self, number: int) -> dict[str, Option]:
        if number not in range(1, len(self._questions) + 1):
            return {}
        options = self._questions[number - 1].options
        return dict(zip(ascii_lowercase, options, strict=False))

    def __repr__(self) -> str:
        lines = []
        for number, question in enumerate(self._questions, 1):
            lines.append(f"{number}. {question.text}".replace("`", ""))
            for letter, option in self._options(number).items():
                lines.append(f"   {letter}) {option.text}".replace("`", ""))
        return "\n".join([*lines, message("quiz_how")])

    def _repr_html_(self) -> str:
        items = []
        for question in self._questions:
            options = "".join(f"<li>{marked(o.text)}</li>" for o in question.options)
            items.append(f"<li>{marked(question.text)}<ol type='a'>{options}</ol></li>")
        return f"<ol>{''.join(items)}</ol><p>{escape(message('quiz_how'))}</p>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        form = self.form()._repr_mimebundle_() or {}
        return {**form, "text/plain": repr(self), "text/html": self._repr_html_()}

    def form(self) -> ipywidgets.VBox:
        """Return the questions as radio buttons."""
        numbers = range(1, len(self._questions) + 1)
        return ipywidgets.VBox([self._field(number) for number in numbers])

    def _field(self, number: int) -> ipywidgets.VBox:
        text = marked(self._questions[number - 1].text)
        choices = {
            f"{letter}) {option.text}".replace("`", ""): letter
            for letter, option in self._options(number).items()
        }
        wide = ipywidgets.Layout(width="auto", max_width="44em")
        buttons = ipywidgets.RadioButtons(
            options=list(choices.items()), value=None, layout=wide
        )
        said = ipywidgets.HTML()

        def choose(change: dict[str, Any]) -> None:
            said.value = self.answer(number, change["new"])._repr_html_()

        buttons.observe(choose, "value")
        asked = ipywidgets.HTML(f"<strong>{number}. {text}</strong>", layout=wide)
        return ipywidgets.VBox([asked, buttons, said])
