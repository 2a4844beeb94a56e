"""The stage's buttons: play, speed, reset, drills, snapshot, the projector's layout.

Every button has a key, which works while the control has the focus. The view draws
what's in the traits, and sends its requests as messages with ``do``.
"""

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any, Protocol

import anywidget
import traitlets

from .drills import DRILLS
from .scene import Scene, scenes

_FOLDER = Path(__file__).parent
_LINES = 6  # log lines to show


class Part(Protocol):
    """One customer, as shown next to the buttons."""

    name: str
    visitor: str
    doing: str


class Playable(Protocol):
    """What the buttons need from a stage."""

    scene: Scene
    speed: float
    cue: str

    @property
    def state(self) -> str: ...
    @property
    def log(self) -> Iterable[str]: ...
    @property
    def cast(self) -> Mapping[str, Part]: ...
    def play(self) -> None: ...
    def pause(self) -> None: ...
    def reset(self) -> None: ...
    def set_speed(self, speed: float) -> None: ...
    def choose(self, name: str) -> None: ...
    def drill(self, name: str) -> str: ...
    def snapshot(self) -> None: ...
    def restore(self) -> None: ...
    def say(self, cue: str) -> None: ...
    def listen(self, listener: Callable[[], None]) -> None: ...


class Control(anywidget.AnyWidget):
    """The buttons of a stage.

    stage: the stage that they control.
    """

    _esm = (_FOLDER / "control.js").read_text(encoding="utf-8")
    _css = (_FOLDER / "control.css").read_text(encoding="utf-8")

    scenes = traitlets.List(traitlets.Dict()).tag(sync=True)
    drills = traitlets.List(traitlets.Dict()).tag(sync=True)
    shown = traitlets.Dict().tag(sync=True)

    def __init__(self, stage: Playable) -> None:
        self._stage = stage
        super().__init__(
            scenes=[
                {"path": str(one.path), "title": f"{one.lesson:02} {one.title}"}
                for one in scenes()
            ],
            drills=[
                {"name": name, "key": drill.key, "label": drill.label}
                for name, drill in DRILLS.items()
            ],
        )
        self._draw()
        stage.listen(self._draw)
        self.on_msg(lambda _, content, __: self._hear(content))

    def _draw(self) -> None:
        stage = self._stage
        self.shown = {
            "scene": str(stage.scene.path),
            "title": stage.scene.title,
            "shows": stage.scene.shows,
            "state": stage.state,
            "speed": stage.speed,
            "cue": stage.cue,
            "log": list(stage.log)[-_LINES:],
            "cast": [
                {"name": part.name, "visitor": part.visitor, "doing": part.doing}
                for part in stage.cast.values()
            ],
        }

    def _hear(self, content: dict[str, Any]) -> None:
        """Carry out a button's request; an error becomes the newest cue."""
        stage, what, with_ = self._stage, content.get("do"), content.get("with")
        try:
            match what:
                case "play":
                    stage.play()
                case "pause":
                    stage.pause()
                case "reset":
                    stage.reset()
                case "speed":
                    stage.set_speed(float(str(with_)))
                case "choose":
                    stage.choose(str(with_))
                case "drill":
                    stage.drill(str(with_))
                case "snapshot":
                    stage.snapshot()
                case "restore":
                    stage.restore()
        except Exception as error:  # A button has no other place to report it.
            stage.say(str(error).partition("\n")[0])
