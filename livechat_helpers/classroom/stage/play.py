"""``Stage``: plays a scene, from one line of Python or from its buttons.

stage = Stage("busy-monday")
stage.play(speed=4)
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from vonage_http_client.errors import HttpRequestError

from livechat_helpers import services
from livechat_helpers.agent_pane.background import Background, Ended
from livechat_helpers.plain_errors import PlainError
from livechat_helpers.sandbox.remote import RemoteSandbox, connect
from livechat_helpers.settings import Settings
from livechat_helpers.support_desk import SupportDesk

from .customer import Customer, CustomerError, Json
from .drills import DRILLS
from .scene import Scene, Step, load, scenes
from .tempo import Tempo

if TYPE_CHECKING:
    from .control import Control

State = Literal["ready", "playing", "paused", "done"]

SNAPSHOT = "stage"
"""The name of the snapshot that the stage saves and restores."""

FASTEST = 1000.0
_LINES = 200  # log lines to keep


class StageError(PlainError):
    """The stage can't do that; the text says what it can do."""


@dataclass
class Part:
    """One customer of a scene, as shown in the control.

    name: the name in the scene.
    visitor: the name in the agent's pane.
    doing: what the customer is doing now.
    """

    name: str
    visitor: str = ""
    doing: str = "hasn't arrived yet"


class Stage:
    """Scripted customers, who write to the chat on this machine.

    name: one of the kit's scenes, such as ``busy-monday``, or the path of a YAML file.
        Without it, choose one with the buttons.

    Raises:
        SceneError: there is no such scene, or it can't be used.
        ServiceError: the sandbox or the website doesn't start.
    """

    def __init__(self, name: str | Path | None = None) -> None:
        self.scene: Scene = load(name) if name is not None else scenes()[0]
        if (mode := Settings.load().mode) != "sandbox":
            raise services.ServiceError(
                f"The stage needs the sandbox, but VONAGE_MODE is {mode}.\n"
                "Remove that line from .env, and restart the kernel."
            )
        running = services.ensure_running()
        self._website = running.website.url
        self.sandbox: RemoteSandbox = connect()
        self.speed = 1.0
        self.state: State = "ready"
        self.cue = ""
        """The latest message to the instructor."""
        self.log: deque[str] = deque(maxlen=_LINES)
        """What has happened, newest last."""
        self.cast: dict[str, Part] = {}
        self._listeners: list[Callable[[], None]] = []
        self._customers: list[Customer] = []
        self._chats: list[Json] = []  # left by customers, and not yet deleted
        self._playing: asyncio.Task[None] | None = None
        self._control: Control | None = None
        self._background = Background("stage")
        self._background.start(self._live)
        self._rewind()

    async def _live(self) -> None:
        self._tempo = Tempo()
        await asyncio.Event().wait()

    # What you call

    def choose(self, name: str | Path) -> None:
        """Switch to another scene; the current scene's chats are deleted.

        name: as for ``Stage``.

        Raises:
            SceneError: there is no such scene, or it can't be used.
        """
        chosen = load(name)
        self.reset()
        self.scene = chosen
        self._rewind()

    def play(self, speed: float | None = None) -> None:
        """Start, or continue after a pause.

        speed: how many seconds of the scene pass per second; unchanged by default.

        Raises:
            StageError: the speed isn't between 0 and 1000, or the stage is closed.
        """
        if speed is not None:
            self.set_speed(speed)
        self._ask(self._play())

    def pause(self) -> None:
        """Stop the customers for now; they still receive messages."""
        self._ask(self._pause())

    def set_speed(self, speed: float) -> None:
        """Play faster or slower from now on.

        speed: how many seconds of the scene pass per second.

        Raises:
            StageError: the speed isn't between 0 and 1000.
        """
        if not isinstance(speed, int | float) or not 0 < speed <= FASTEST:
            raise StageError(
                f"The speed can't be {speed!r}.\n"
                "1 is the scene's own speed, and 1000 is the limit."
            )
        self.speed = float(speed)
        self._background.call(lambda: self._tempo.set(speed=self.speed))
        self._tell()

    def reset(self) -> None:
        """Return to the beginning; the customers' chats are deleted."""
        self._ask(self._leave(), seconds=60)
        try:
            services.ensure_running()  # An instructor may have killed the sandbox.
            self._delete_chats()
        finally:
            self._rewind()

    def wait(self, seconds: float = 600) -> None:
        """Wait until the scene is over.

        seconds: how long to wait.

        Raises:
            TimeoutError: it isn't over after that time.
        """
        end = time.monotonic() + seconds
        while self.state != "done":
            if time.monotonic() > end:
                raise TimeoutError(f"The scene hasn't finished after {seconds} s.")
            time.sleep(0.02)

    def drill(self, name: str) -> str:
        """Cause a failure, and return what to tell the class.

        name: ``drop``, ``429``, ``lost answer``, ``twice``, ``clock`` or ``tokens``;
            ``calm`` ends all failures.

        Raises:
            StageError: there is no such drill.
            SandboxError: the sandbox can't be reached.
        """
        if name not in DRILLS:
            raise StageError(
                f"There's no drill {name!r}.\nThe drills are {', '.join(DRILLS)}."
            )
        said = DRILLS[name].run(self.sandbox)
        self.say(said)
        return said

    def snapshot(self) -> None:
        """Save the sandbox's current state, for ``restore``."""
        self.sandbox.snapshot(SNAPSHOT)
        self.say("Snapshot saved.")

    def restore(self) -> None:
        """Restore the state that the last ``snapshot`` saved; the customers leave.

        Raises:
            SandboxError: nothing was saved.
        """
        self._ask(self._leave(), seconds=60)
        try:
            services.ensure_running()  # An instructor may have killed the sandbox.
            self.sandbox.restore(SNAPSHOT)
            self._chats.clear()
        finally:
            self._rewind()
        self.say("Snapshot restored.")

    def say(self, cue: str) -> None:
        """Show a message to the instructor."""
        self._note(cue, cue=cue)

    def close(self) -> None:
        """Make the customers leave; their chats stay."""
        if self._background.is_running:
            self._ask(self._leave(), seconds=60)
            self._background.close()

    def listen(self, listener: Callable[[], None]) -> None:
        """Call a function, in any thread, when something has changed."""
        self._listeners.append(listener)

    def control(self) -> "Control":
        """Return the stage's buttons as a widget."""
        from .control import Control  # A script doesn't need the widget's packages.

        if self._control is None:
            self._control = Control(self)
        return self._control

    def __repr__(self) -> str:
        people = len(self.scene.steps)
        return f"<stage {self.scene.name}: {self.state}, customers: {people}>"

    def _repr_mimebundle_(self, **_: Any) -> dict[str, Any]:
        shown = self.control()._repr_mimebundle_()
        data = shown[0] if isinstance(shown, tuple) else shown
        return {**(data or {}), "text/plain": repr(self)}

    # On the stage's own loop

    def _ask(self, job: Any, seconds: float = 10) -> None:
        try:
            self._background.ask(job).result(seconds)
        except Ended as error:
            raise StageError("This stage is closed.\nMake a new one.") from error

    async def _play(self) -> None:
        if self.state == "done":
            self.say("The scene is over: reset it, or choose another one.")
            return
        if self._playing is None:
            self._playing = asyncio.create_task(self._all())
            self.cue = ""
        self.state = "playing"
        self._tempo.set(speed=self.speed, moves=True)
        self._tell()

    async def _pause(self) -> None:
        if self.state == "playing":
            self.state = "paused"
            self._tempo.set(moves=False)
            self._tell()

    async def _leave(self) -> None:
        if self._playing is not None:
            self._playing.cancel()
            with suppress(asyncio.CancelledError):
                await self._playing
            self._playing = None
        self._tempo.set(moves=False)
        await asyncio.gather(*(one.close() for one in self._customers))
        self._chats += [one.chat for one in self._customers if one.chat]
        self._customers.clear()

    async def _all(self) -> None:
        for name in self.scene.steps:
            one = Customer(name, self._website, self._tempo.wake)
            self._customers.append(one)
        parts = zip(self._customers, self.scene.steps.values(), strict=True)
        await asyncio.gather(*(self._one(one, steps) for one, steps in parts))
        self.state = "done"
        self._note("The scene is over.")

    async def _one(self, customer: Customer, steps: tuple[Step, ...]) -> None:
        part = self.cast[customer.name]
        try:
            for step in steps:
                await self._tempo.moving()
                if customer.has_ended and step.kind not in ("rate", "cue"):
                    continue
                await self._do(customer, part, step)
            part.doing = "has left" if customer.has_ended else "is still here"
        except CustomerError as error:
            part.doing = f"can't continue: {error}"
            self._note(f"{customer.name} can't continue: {error}")
        self._tell()

    async def _do(self, customer: Customer, part: Part, step: Step) -> None:
        match step.kind:
            case "write":
                await self._write(customer, part, step.text)
            case "type":
                self._does(part, "is typing")
                await customer.type(True)
                await self._tempo.sleep(step.seconds)
                await customer.type(False)
            case "pause":
                await self._tempo.sleep(step.seconds)
            case "wait":
                await self._wait(customer, part, step)
            case "drop":
                await customer.drop()
                self._does(part, "has lost the connection")
                self._note(f"{part.name} has lost the connection.")
            case "back":
                await customer.back()
                self._does(part, "is back")
                self._note(f"{part.name} is back.")
            case "end":
                await customer.end()
                self._does(part, "has ended the chat")
                self._note(f"{part.name} has ended the chat.")
            case "rate":
                await customer.rate(step.stars)
                self._note(f"{part.name} rates the chat {step.stars} out of 5.")
            case "cue":
                self.say(step.text)

    async def _write(self, customer: Customer, part: Part, text: str) -> None:
        self._does(part, "is sending a message")
        await customer.write(text)
        part.visitor = customer.visitor
        self._does(part, "has sent a message")
        self._note(f"{part.name}: {text}")

    async def _wait(self, customer: Customer, part: Part, step: Step) -> None:
        def answered() -> bool:
            return customer.is_answered or customer.has_ended

        self._does(part, "is waiting for an answer")
        for line in step.angry:
            if await self._tempo.until(answered, step.seconds):
                break
            await self._write(customer, part, line)
            self._does(part, "is getting angry")
        else:
            await self._tempo.until(answered, step.seconds)
        if answered():
            self._does(part, "got an answer")

    # What the instructor sees

    def _rewind(self) -> None:
        self.cast = {name: Part(name) for name in self.scene.steps}
        self.state, self.cue = "ready", ""
        self.log.clear()
        self._tell()

    def _delete_chats(self) -> None:
        desk = SupportDesk.open()
        while self._chats:
            chat = self._chats[-1]
            with suppress(HttpRequestError):  # It may have been deleted already.
                desk.conversations.delete(chat["conversation"]["id"])
            with suppress(HttpRequestError):
                desk.delete_user(chat["user"])
            self._chats.pop()

    def _does(self, part: Part, what: str) -> None:
        part.doing = what
        self._tell()

    def _note(self, text: str, cue: str | None = None) -> None:
        self.log.append(text)
        if cue is not None:
            self.cue = cue
        self._tell()

    def _tell(self) -> None:
        for listener in self._listeners:
            listener()
