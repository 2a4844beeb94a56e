"""The stage's own time: it can go faster, slower, or stand still."""

import asyncio
from collections.abc import Callable


class Tempo:
    """How fast a scene is played; used on one event loop alone.

    speed: seconds of the scene in one second.
    """

    def __init__(self, speed: float = 1) -> None:
        self._speed = speed
        self._moves = False
        self._changed = asyncio.Event()

    def set(self, *, speed: float | None = None, moves: bool | None = None) -> None:
        """Change the speed, or let time stand still or move; others stay as they are.

        speed: more than 0.
        """
        self._speed = self._speed if speed is None else speed
        self._moves = self._moves if moves is None else moves
        self.wake()

    def wake(self) -> None:
        """Let everybody who waits look again at what they wait for."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def moving(self) -> None:
        """Wait while time stands still."""
        while not self._moves:
            await self._changed.wait()

    async def sleep(self, seconds: float) -> None:
        """Wait for so many seconds of the scene."""
        await self.until(lambda: False, seconds)

    async def until(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Wait for a condition, at most so many seconds of the scene.

        Returns:
            Whether it holds.
        """
        now = asyncio.get_running_loop().time
        while seconds > 0 and not holds():
            changed, speed, began = self._changed, self._speed, now()
            try:
                async with asyncio.timeout(seconds / speed if self._moves else None):
                    moved = self._moves
                    await changed.wait()
            except TimeoutError:
                return holds()
            if moved:
                seconds -= (now() - began) * speed
        return holds()
