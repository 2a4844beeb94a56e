"""Find the learner's lines in a stack or a traceback."""

import linecache
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import FrameType, TracebackType
from typing import Any

from livechat_helpers import places


@dataclass(frozen=True)
class Place:
    """A line of the learner's code.

    number: the line number in its cell or file, starting at 1.
    code: the line's text.
    """

    number: int
    code: str

    def __str__(self) -> str:
        return f"line {self.number}" + (f": `{self.code}`" if self.code else "")


class LearnersCode:
    """Distinguishes the learner's frames from the kit's.

    names: the notebook's names, which are the globals of its functions.
    """

    def __init__(self, names: Mapping[str, Any]) -> None:
        self._names = names
        self._folder = str(places.my_chat_dir())

    def holds(self, frame: FrameType) -> bool:
        """Return whether a frame runs code from the notebook or from ``my_chat``."""
        if frame.f_globals is self._names:
            return True
        return frame.f_code.co_filename.startswith(self._folder)

    def of_stack(
        self, innermost: FrameType | None, boundary: FrameType | None = None
    ) -> list[FrameType]:
        """Return the learner's frames on a stack, innermost first.

        boundary: the frame to stop at; its callers belong to the cell itself.
        """
        found = []
        frame = innermost
        while frame is not None and frame is not boundary:
            if self.holds(frame):
                found.append(frame)
            frame = frame.f_back
        return found

    def of_error(self, error: BaseException) -> Place | None:
        """Return the learner's line that caused an error, or None."""
        for one in _chain(error):
            found = None
            for traceback in _steps(one.__traceback__):
                if self.holds(traceback.tb_frame):
                    found = place(traceback.tb_frame, traceback.tb_lineno)
            if found is not None:
                return found
        return None


def place(frame: FrameType, line: int | None = None) -> Place:
    """Return a frame's current line."""
    number = line or frame.f_lineno or 1
    filename = frame.f_code.co_filename
    return Place(number, linecache.getline(filename, number).strip())


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    one: BaseException | None = error
    while one is not None and id(one) not in seen:
        seen.add(id(one))
        yield one
        one = one.__cause__ or one.__context__


def _steps(traceback: TracebackType | None) -> Iterator[TracebackType]:
    while traceback is not None:
        yield traceback
        traceback = traceback.tb_next
