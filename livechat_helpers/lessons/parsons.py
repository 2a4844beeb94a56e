"""A Parsons problem: lines of code in the wrong order, for the learner to reorder."""

from collections.abc import Callable
from html import escape
from string import ascii_lowercase
from typing import Any

import ipywidgets

from .feedback import Note, marked
from .wording import LinesInOrder, message

Told = Callable[[bool], None]
"""Called with whether an order was right."""


class Parsons:
    """Lines to put in order. Every order that fulfils the constraints is right.

    name: such as ``3.p``.
    lines: the lines, and which must come before which.
    told: called after each try.
    """

    def __init__(self, name: str, lines: LinesInOrder, told: Told) -> None:
        self._name = name
        self._lines = lines
        self._told = told
        self._letters = ascii_lowercase[: len(lines.lines)]

    def answer(self, order: str) -> Note:
        """Return the message about an order.

        order: the letters of all lines, such as ``cabd``.
        """
        if sorted(order) != [*self._letters]:
            letters = ", ".join(self._letters)
            text = message("each_line_once", name=self._name, letters=letters)
            return Note(message("no_such_choice"), text)
        broken = [
            one
            for one in self._lines.before
            if order.index(one.then) < order.index(one.first)
        ]
        self._told(not broken)
        code = "\n".join(self._line(letter) for letter in order)
        if broken:
            text = (
                f"{message('line_too_early', **self._pair(broken[0]))} {broken[0].why}"
            )
            return Note(f"{self._name} {message('not yet')}", text, code, "not yet")
        title = f"{self._name} {message('correct')}"
        return Note(title, self._lines.correct, code, "correct")

    def _pair(self, one: Any) -> dict[str, str]:
        return {
            "first": self._line(one.first).strip(),
            "then": self._line(one.then).strip(),
        }

    def _line(self, letter: str) -> str:
        return self._lines.lines[self._letters.index(letter)]

    def __repr__(self) -> str:
        lines = [self._lines.text.replace("`", "")]
        lines += [f"   {letter}) {self._line(letter)}" for letter in self._letters]
        return "\n".join([*lines, self._how().replace("`", "")])

    def _how(self) -> str:
        return message("parsons_how", name=self._name, letters=self._letters)

    def _repr_html_(self) -> str:
        items = "".join(
            f"<li><code style='white-space: pre'>{escape(line)}</code></li>"
            for line in self._lines.lines
        )
        return (
            f"<p>{marked(self._lines.text)}</p><ol type='a'>{items}</ol>"
            f"<p>{marked(self._how())}</p>"
        )

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        form = self.form()._repr_mimebundle_() or {}
        return {**form, "text/plain": repr(self), "text/html": self._repr_html_()}

    def form(self) -> ipywidgets.VBox:
        """Return the lines with buttons to move them, and one to check them."""
        return _Form(self._lines, self._letters, self.answer).box


class _Form:
    """The lines as rows, where the buttons stay and the lines move.

    The focus follows the line, so pressing the same key again moves it further.
    """

    def __init__(
        self, lines: LinesInOrder, letters: str, answer: Callable[[str], Note]
    ) -> None:
        self._lines = dict(zip(letters, lines.lines, strict=True))
        self._order = [*letters]
        self._answer = answer
        self._texts = [ipywidgets.HTML() for _ in letters]
        self._ups = [self._button("arrow-up", at, -1) for at in range(len(letters))]
        self._downs = [self._button("arrow-down", at, 1) for at in range(len(letters))]
        self._said = ipywidgets.HTML()
        check = ipywidgets.Button(description=message("check_order"))
        check.on_click(self._check)
        rows = zip(self._ups, self._downs, self._texts, strict=True)
        wide = ipywidgets.Layout(width="auto", max_width="44em")
        self.box = ipywidgets.VBox(
            [
                ipywidgets.HTML(marked(lines.text), layout=wide),
                *(ipywidgets.HBox(row) for row in rows),
                check,
                self._said,
            ]
        )
        self._draw()

    def _button(self, icon: str, at: int, step: int) -> ipywidgets.Button:
        button = ipywidgets.Button(icon=icon, layout=ipywidgets.Layout(width="2.6em"))
        button.disabled = not 0 <= at + step < len(self._order)
        button.on_click(lambda _: self._move(at, step))
        return button

    def _move(self, at: int, step: int) -> None:
        there = at + step
        order = self._order
        order[at], order[there] = order[there], order[at]
        self._said.value = ""
        self._draw()
        wanted = (self._ups if step < 0 else self._downs)[there]
        other = (self._downs if step < 0 else self._ups)[there]
        (other if wanted.disabled else wanted).focus()

    def _draw(self) -> None:
        for at, letter in enumerate(self._order):
            line = self._lines[letter]
            code = f"<code style='white-space: pre'>{escape(line)}</code>"
            self._texts[at].value = code
            for buttons, word in ((self._ups, "move_up"), (self._downs, "move_down")):
                buttons[at].tooltip = message(word, line=line.strip())

    def _check(self, _: ipywidgets.Button) -> None:
        self._said.value = self._answer("".join(self._order))._repr_html_()
