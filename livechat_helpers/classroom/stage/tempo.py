"""The stage's time, which can be faster, slower, or stopped."""

import asyncio
from collections.abc import Callable


class Tempo:
    """How fast a scene is played, for use on a single event loop.

    speed: how many seconds of the scene pass per second.
    """

    def __init__(self, speed: float = 1) -> None:
        self._speed = speed
        self._moves = False
        self._changed = asyncio.Event()

    def set(self, *, speed: float | None = None, moves: bool | None = None) -> None:
        """Change the speed, or stop or start time; None leaves a setting unchanged.

        speed: more than 0.
        moves: whether time passes.
        """
        self._speed = self._speed if speed is None else speed
        self._moves = self._moves if moves is None else moves
        self.wake()

    def wake(self) -> None:
        """Make everybody who's waiting check their condition again."""
        self._changed.set()
        self._changed = asyncio.Event()

    async def moving(self) -> None:
        """Wait while time is stopped."""
        while not self._moves:
            await self._changed.wait()

    async def sleep(self, seconds: float) -> None:
        """Wait for some seconds of the scene's time."""
        await self.until(lambda: False, seconds)

    async def until(self, holds: Callable[[], bool], seconds: float) -> bool:
        """Wait for a condition, for at most some seconds of the scene's time.

        Returns:
            Whether the condition is true.
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
