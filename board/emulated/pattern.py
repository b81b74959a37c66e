"""Pattern: a value that moves in milliseconds, such as a contact that bounces.

Most of the time it rests and costs nothing. While it moves, a step yields its value in each
millisecond, so that a block of measurements can be the mean of what really was there.
"""

from collections import deque
from collections.abc import Iterable
from typing import Generic, TypeVar

T = TypeVar("T")
SEGMENTS_MAX = 256  # what does not fit is left out; the last value always comes
NOT_MOVING: tuple[()] = ()


class Pattern(Generic[T]):
    """``value`` at the end of the last step, and the segments still to come."""

    def __init__(self, value: T) -> None:
        self.value = value
        self._segments: deque[tuple[T, int]] = deque()

    @property
    def is_moving(self) -> bool:
        """Something is still to come."""
        return bool(self._segments)

    @property
    def final(self) -> T:
        """Where it ends up."""
        return self._segments[-1][0] if self._segments else self.value

    def rest(self, value: T) -> None:
        """Forget what was to come."""
        self.value = value
        self._segments.clear()

    def play(self, segments: Iterable[tuple[T, int]], final: T) -> None:
        """Go through ``segments`` of (value, ms), then stay at ``final``."""
        self._segments.clear()
        for value, duration_ms in segments:
            if duration_ms > 0 and len(self._segments) < SEGMENTS_MAX:
                self._segments.append((value, duration_ms))
        self._segments.append((final, 0))

    def step(self, elapsed_ms: int) -> list[T] | tuple[()]:
        """Let time pass; return the value in each millisecond, or nothing while it rests."""
        if not self._segments:
            return NOT_MOVING
        seen: list[T] = []
        while self._segments and len(seen) < elapsed_ms:
            value, left_ms = self._segments.popleft()
            self.value = value
            taken_ms = min(left_ms, elapsed_ms - len(seen))
            seen.extend([value] * taken_ms)
            if left_ms > taken_ms:
                self._segments.appendleft((value, left_ms - taken_ms))
        if len(self._segments) == 1 and self._segments[0][1] == 0:
            self.value = self._segments.popleft()[0]
        seen.extend([self.value] * (elapsed_ms - len(seen)))
        return seen


def bounces(target: bool, count: int, each_ms: int) -> list[tuple[bool, int]]:
    """A contact on its way to ``target``: there and back, ``count`` times."""
    segments: list[tuple[bool, int]] = []
    for _ in range(count):
        segments += [(target, each_ms), (not target, each_ms)]
    return segments
