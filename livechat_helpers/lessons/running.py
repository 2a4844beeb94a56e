"""``start``, and the lesson object that a notebook uses."""

import os
import pkgutil
import time
from collections.abc import Mapping
from dataclasses import replace
from functools import cache, partial
from importlib import import_module
from typing import Any, ClassVar

from IPython.core.getipython import get_ipython
from IPython.display import display
from vonage import Vonage

from livechat_helpers.applications import Application, current_application
from livechat_helpers.caller import is_from_a_cell
from livechat_helpers.client import application_client
from livechat_helpers.sandbox.remote import RemoteSandbox
from livechat_helpers.sandbox.remote.trace import Trace
from livechat_helpers.services import WebsiteInfo
from livechat_helpers.settings import Settings, SettingsError
from livechat_helpers.support_desk import SupportDesk
from livechat_helpers.visitor import Visitor

from . import answer_code, checking, dead_widgets, pieces, progress, room
from .catalogues import ENGLISH
from .cells import Cells
from .content import Exercise, Lesson, Step
from .feedback import Note, outcome
from .homeserver import Homeserver
from .lesson_servers import LessonServers, find_or_start, settle
from .my_server import MyServer
from .parsons import Parsons
from .practice import desk_of_its_own
from .predict import WHY, Noted, Prediction
from .program import Program
from .quiz import Quiz
from .solutions import solution_of
from .wording import ExerciseWords, message, speak

_OWNERS: dict[str, pieces.Owner] = {"mine": "yours", "kit": "the kit's"}
_PATIENCE = 5.0  # seconds to wait for calls
_AGAIN = 0.5  # seconds, in a cell that has already shown its calls
_BEAT = 0.02  # seconds between checks


def start(
    number: int, names: Mapping[str, Any] | None = None, *, language: str = ENGLISH
) -> "RunningLesson":
    """Prepare everything for a notebook, as if the earlier ones had been run.

    This starts the sandbox and the website unless they're running. Existing things stay
    as they are, so calling it again does no harm.

    number: the notebook's number.
    names: where checks look for answers; defaults to the running notebook's names.
    language: the notebook's language, such as ``de``, which its lesson then uses too.

    Raises:
        ServiceError: the sandbox or the website doesn't start.
        SettingsError: the settings can't be used.
        KeyError: there is no such notebook.
    """
    speak(language)
    lesson = find(number).in_language(language)
    chosen = _chosen_mode()
    if lesson.sandbox_only and chosen == "cloud":
        os.environ["VONAGE_MODE"] = "sandbox"  # This only affects this kernel.
    servers = find_or_start()
    # The application in .env may be in the cloud. In that case, leave it alone.
    if servers.settings.mode == chosen:
        needs = lesson.cloud_needs if chosen == "cloud" else ()
        for step in [*left_before(lesson), *needs]:
            step.ensure(servers)
    if servers.website is None:
        servers = find_or_start()  # There may be an application by now.
    settle(servers)
    if lesson.tidy is not None and servers.sandbox is not None:
        lesson.tidy()
    if not progress.has_begun(number):
        if servers.sandbox is not None:
            servers.sandbox.snapshot(snapshot_name(number))
        progress.begin(number)
    if names is None:
        shell = get_ipython()
        names = shell.user_ns if shell is not None else {}
    pieces.install()
    ready = "ready_on_sandbox" if servers.sandbox else "ready_on_cloud"
    print(message(ready, number=f"{number:02}"))
    for used in filter(None, map(pieces.piece, lesson.uses)):
        print(_whose(used))
    dead_widgets.explain()
    if servers.settings.exam:
        print(f"{message('exam')}: {message('closed_in_exam')}")
    room.report(number)
    return RunningLesson(lesson, servers, names)


def _whose(used: pieces.Piece) -> str:
    """Return whose piece of ``my_chat`` a notebook is using."""
    exercise = find(int(used.exercise.partition(".")[0])).exercise(used.exercise)
    assert exercise is not None
    what = f"{', '.join(exercise.asks)} ({used.place})"
    owner = "uses_yours" if used.owner == "yours" else "uses_kits"
    return message(owner, what=what, exercise=used.exercise)


@cache
def _chosen_mode() -> str:
    """Return the mode that the learner chose, even if a lesson has changed it since."""
    return Settings.load().mode


class RunningLesson:
    """One notebook's lesson, while the notebook is open.

    content: the lesson.
    servers: the servers that it runs on.
    names: the notebook's names.
    """

    # It belongs to the kernel, because `start` may be called again while it runs.
    _server: ClassVar[MyServer | None] = None

    def __init__(
        self, content: Lesson, servers: LessonServers, names: Mapping[str, Any]
    ) -> None:
        self._content = content
        self._servers = servers
        self._names = names
        self._notebook = Cells(content.path)
        self._hinted: dict[str, int] = {}
        self._chosen: dict[str, str] = {}
        self._shown: dict[tuple[object, ...], list[Any]] = {}
        self._mark = self.sandbox.trace.mark() if self.sandbox else 0

    @property
    def sandbox(self) -> RemoteSandbox | None:
        """The sandbox, with everything that the real Vonage can't do.

        None in the cloud.
        """
        return self._servers.sandbox

    @property
    def settings(self) -> Settings:
        """The settings in ``.env``."""
        return self._servers.settings

    @property
    def cloud(self) -> Settings | None:
        """The settings for the cloud, in any mode.

        None without the cloud's API keys.
        """
        settings = self.settings.model_copy(update={"mode": "cloud"})
        return settings if settings.api_key and settings.api_secret else None

    @property
    def website(self) -> WebsiteInfo:
        """The running website.

        Raises:
            SettingsError: in the cloud, there is no application yet.
        """
        if self._servers.website is None:
            raise SettingsError(
                "The website needs an application, and there isn't one yet.\n"
                "Run notebook 01, and then this one again."
            )
        return self._servers.website

    @property
    def application(self) -> Application:
        """The application in use."""
        return current_application()

    @property
    def vonage(self) -> Vonage:
        """An SDK client that acts for the whole application."""
        minter = self.application.minter()
        return application_client(self._servers.settings, minter)

    @property
    def desk(self) -> SupportDesk:
        """A support desk for the application in use."""
        return desk_of_its_own()

    @property
    def signature_secret(self) -> str:
        """The secret of your account that Vonage signs webhooks with.

        Raises:
            SettingsError: in the cloud, ``.env`` doesn't have it.
        """
        return self._servers.signature_secret

    @property
    def event_url(self) -> str:
        """The address for Vonage's webhooks."""
        return self._servers.event_url

    def check(self, name: object = "") -> Note:
        """Check the answer to an exercise: correct, not yet, or not attempted.

        name: the exercise, such as ``2.1``.
        """
        exercise = self._exercise(name)
        if exercise is None:
            return self._no_such(name)
        if kits := self._kits_name(exercise):
            text = message("kits_own", name=kits)
            return outcome(exercise.name, "not attempted", text)
        words = self._words(exercise)
        found = checking.run(exercise, words, self._names, self._notebook)
        if found.diagram:
            shown = {"text/vnd.mermaid": found.diagram, "text/plain": "(a diagram)"}
            display(shown, raw=True)
        if found.state in ("correct", "not yet"):
            progress.note(exercise.name, found.state)
        number = self._content.number
        room.report(number, exercise.name, found.state, found.mistake)
        if found.state == "correct" and exercise.name in pieces.kits_pieces():
            return replace(found, text=f"{found.text} {self._keep(exercise)}")
        if found.state == "not yet" and not self.settings.exam:
            more = message("next_hint", name=exercise.name)
            return replace(found, text=f"{found.text} {more}")
        return found

    def _kits_name(self, exercise: Exercise) -> str | None:
        """Return a requested name that was imported from ``my_chat``, if any."""
        for name in exercise.asks:
            module = getattr(self._names.get(name), "__module__", None) or ""
            if module.split(".")[0] == pieces.PACKAGE:
                return name
        return None

    def _keep(self, exercise: Exercise) -> str:
        """Make a correct answer part of ``my_chat``, and return a message about it."""
        name = exercise.name
        kits = pieces.kits_pieces()[name]
        if kits.file.endswith(".py"):
            answer = answer_code.answer_in(self._cells(), exercise.asks)
        else:
            answer = str(self._names[exercise.asks[0]])
        if answer is None:
            return message("check_where_defined", place=kits.place)
        try:
            put = pieces.put(name, answer, self._names)
        except pieces.Unplaced as why:
            return message("not_placed", place=kits.place, why=why)
        except OSError as error:
            said = error.strerror or error
            return message("not_written", place=kits.place, error=said)
        if self._server is not None:
            self._server.reload()
        return message("placed", place=put.place)

    @staticmethod
    def _cells() -> list[str]:
        """Return the cells that were run in this notebook; the current one is last."""
        shell = get_ipython()
        history = shell.history_manager if shell else None
        return list(history.input_hist_raw) if history else []

    def pieces(self) -> Program:
        """Show the pieces of ``my_chat``, and which ones are the learner's own."""
        return program()

    def use(self, name: str, owner: str) -> Note:
        """Switch a piece of ``my_chat`` to your version or the kit's.

        Your answer is kept.

        name: the exercise.
        owner: ``"mine"`` or ``"kit"``.
        """
        if name not in pieces.kits_pieces():
            return Note(message("no_such"), message("no_such_piece", name=name))
        if owner not in _OWNERS:
            return Note(message("whose"), message("which_owner", name=name))
        try:
            used = pieces.use(name, _OWNERS[owner])
        except pieces.Unplaced as why:
            return Note(message("not_changed"), str(why))
        said = message("used", place=used.place, owner=message(used.owner))
        return Note(f"{name}", said)

    def serve(self) -> MyServer:
        """Start your own server, ``my_chat``, or restart it on the same port.

        It ends with the notebook's kernel.

        Raises:
            ChildError: it doesn't start; the text says why.
        """
        if RunningLesson._server is None:
            RunningLesson._server = MyServer()
        else:
            RunningLesson._server.restart()
        return RunningLesson._server

    def homeserver(self) -> Homeserver:
        """Run Synapse alongside the sandbox, unless it's already running.

        It ends with the notebook's kernel.

        Raises:
            ServiceError: it isn't installed, or doesn't start; the text says why.
        """
        return Homeserver()

    def visitor(self, website: str | None = None) -> Visitor:
        """Return a new visitor without a browser.

        website: the address of a server to visit; defaults to the kit's website.

        Raises:
            httpx.HTTPError: it doesn't open a chat.
        """
        return Visitor((website or self.website.url).rstrip("/"))

    def hint(self, name: object = "", number: object = None) -> Note:
        """Show the next hint, or the one with a number.

        name: the exercise.
        number: the hint's number, starting at 1.
        """
        exercise = self._exercise(name)
        if exercise is None:
            return self._no_such(name)
        if self.settings.exam:
            return Note(message("exam"), message("closed_in_exam"))
        hints, known = self._words(exercise).hints, exercise.name
        wanted = _whole(number) or self._hinted.get(known, 0) + 1
        chosen = min(max(wanted, 1), len(hints))
        self._hinted[known] = chosen
        text = hints[chosen - 1]
        if chosen == len(hints):
            text += " " + message("last_hint", name=known)
        count = message("hint_of", number=chosen, count=len(hints))
        return Note(f"{known} {count}", text)

    def solution(self, name: object = "") -> Note:
        """Show the reference answer; your own cell stays as it is."""
        exercise = self._exercise(name)
        if exercise is None:
            return self._no_such(name)
        if self.settings.exam:
            return Note(message("exam"), message("closed_in_exam"))
        code = solution_of(exercise.name).in_cell(exercise.asks[0])
        return Note(
            f"{exercise.name} {message('solution')}",
            message("solution_how"),
            code=code,
        )

    def join(self, address: str = "", name: str = "") -> Note:
        """Let your instructor see which exercise you're at, and its result.

        Your code isn't sent, and nothing at all is sent unless you join.

        address: the address from your instructor, such as
            ``K7QM2XPA@192.168.1.5:8765``.
        name: the name to show there.
        """
        try:
            member = room.join(address, name)
        except room.RoomError as error:
            return Note(message("not_joined"), str(error))
        room.report(self._content.number)
        return Note(message("joined"), message("joined_how", name=member.name))

    def leave(self) -> Note:
        """Stop reporting to the room, which then forgets you."""
        room.leave()
        return Note(message("left"), message("left_how"))

    def quiz(self, number: object = None, letter: object = "") -> Quiz | Note:
        """Show the three questions, or answer one of them.

        number: the question's number, starting at 1.
        letter: the option's letter.
        """
        quiz = Quiz(self._content.words.questions, self._note_answer)
        if number is None:
            return quiz
        return quiz.answer(_whole(number) or 0, str(letter).strip().lower())

    def predict(
        self, name: object = "", letter: object = None
    ) -> Prediction | Noted | Note:
        """Ask what the next cell will show, or record your prediction.

        name: the prediction, such as ``2.a``.
        letter: the option's letter; ``"why"`` asks whether your choice was right.
        """
        known, questions = str(name).strip(), self._content.words.predictions
        if known not in questions:
            names = ", ".join(questions)
            text = message("no_such_prediction", name=name, names=names)
            return Note(message("no_such_choice"), text)
        asked = Prediction(known, questions[known], partial(self._predicted, known))
        if letter is None:
            return asked
        chosen = str(letter).strip().lower()
        if chosen != WHY:
            return asked.choose(chosen)
        if known not in self._chosen:
            return Note(known, message("not_predicted", name=known))
        return asked.verdict(self._chosen[known])

    def _predicted(self, name: str, letter: str) -> None:
        self._chosen[name] = letter
        progress.note(progress.prediction(name), "correct")

    def parsons(self, name: object = "", order: object = None) -> Parsons | Note:
        """Show lines to put in order, or answer with the order of their letters.

        name: the puzzle, such as ``3.p``.
        order: the letters, such as ``"cabd"``.
        """
        known, puzzles = str(name).strip(), self._content.words.parsons
        if known not in puzzles:
            text = message("no_such_parsons", name=name, names=", ".join(puzzles))
            return Note(message("no_such_choice"), text)
        asked = Parsons(known, puzzles[known], partial(self._ordered, known))
        if order is None:
            return asked
        return asked.answer("".join(str(order).lower().split()))

    def _ordered(self, name: str, right: bool) -> None:
        progress.note(progress.puzzle(name), "correct" if right else "not yet")

    def _note_answer(self, number: int, right: bool) -> None:
        name = progress.question_names(self._content)[number - 1]
        progress.note(name, "correct" if right else "not yet")

    def given(self, name: str) -> Any:
        """Return something that was prepared for you to work on.

        Raises:
            KeyError: there is nothing with that name.
        """
        return self._content.given[name]()

    def calls(
        self,
        last: int | None = None,
        kind: str = "request",
        to: str = "",
        **having: str,
    ) -> Trace | Note:
        """Show the calls since this was last called, or since the start.

        last: how many calls to show; all by default. The sandbox records a call when
            it's over, so this waits a while for that many.
        kind: ``request``, ``webhook`` or ``frame``.
        to: the start of a webhook's address.
        having: parts that an entry must contain, such as ``path="/events"`` or
            ``actor="application"``.
        """
        if self.sandbox is None:
            return Note(message("no_trace"), message("no_trace_why"))
        cell = (*self._cells()[-1:], last, kind, to, tuple(having.items()))
        end = time.monotonic() + (_AGAIN if cell in self._shown else _PATIENCE)
        while len(chosen := self._new_calls(self.sandbox, kind, to, having)) < (
            last or 0
        ):
            if time.monotonic() > end:
                break
            time.sleep(_BEAT)
        self._mark = self.sandbox.trace.mark()
        if chosen or cell not in self._shown:
            self._shown[cell] = chosen
        # If a cell is run again without new calls, it shows the same ones again.
        shown = self._shown[cell]
        return Trace(shown if last is None else shown[-last:])

    def _new_calls(
        self, sandbox: RemoteSandbox, kind: str, to: str, having: Mapping[str, str]
    ) -> list[Any]:
        return [
            entry
            for entry in sandbox.trace(after=self._mark)
            if entry["kind"] == kind
            and is_from_a_cell(entry.get("client", ""))
            and entry.get("address", "").startswith(to)
            and all(part in entry.get(name, "") for name, part in having.items())
        ]

    def _exercise(self, name: object) -> Exercise | None:
        """Return the exercise with a name, which can be 2.1 without quotes too."""
        return self._content.exercise(str(name).strip())

    def _words(self, exercise: Exercise) -> ExerciseWords:
        return self._content.words.exercises[exercise.name]

    def _no_such(self, name: object) -> Note:
        names = ", ".join(one.name for one in self._content.exercises)
        text = message("no_such_exercise", name=name, names=names)
        return Note(message("no_such"), text)

    def __repr__(self) -> str:
        return f"<lesson {self._content.number:02}: {self._content.title}>"


def _whole(number: object) -> int | None:
    """Return an integer, even if it's given as text; None for anything else."""
    text = str(number).strip()
    return int(text) if text.isdecimal() else None


def all_lessons() -> list[Lesson]:
    """Return every lesson, in order."""
    package = import_module(__package__ or "")
    found = [
        import_module(f"{package.__name__}.{one.name}").LESSON
        for one in pkgutil.iter_modules(package.__path__)
        if one.name[:1] == "n" and one.name[1:3].isdigit()
    ]
    return sorted(found, key=lambda lesson: lesson.number)


def overview() -> progress.Overview:
    """Return all notebooks with the progress in each."""
    return progress.Overview(all_lessons(), progress.done())


def program() -> Program:
    """Return the pieces of ``my_chat``, and which ones are the learner's own."""
    return Program(pieces.pieces())


def find(number: int) -> Lesson:
    """Return the lesson of a notebook.

    Raises:
        KeyError: there is no such notebook.
    """
    for lesson in all_lessons():
        if lesson.number == number:
            return lesson
    raise KeyError(f"There is no notebook {number}.")


def left_before(lesson: Lesson) -> list[Step]:
    """Return the things that earlier notebooks leave behind, in order."""
    return [
        step
        for earlier in all_lessons()
        if earlier.number < lesson.number
        for step in earlier.leaves
    ]


def snapshot_name(number: int) -> str:
    """Return the name of the sandbox's snapshot from before a notebook."""
    return f"before-notebook-{number:02}"
