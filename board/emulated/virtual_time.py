"""Virtual time: event loops whose clock is not the wall's, and the ``Clock`` port on top.

``VirtualLoop``: a stock asyncio loop that never waits. When nothing is ready its clock jumps to
the next timer, work for threads is done at once in the loop's own, and when nothing is left to
wait for it raises ``Deadlock``. The same program with the same seed does the same, to the byte.
It knows no sockets and no pseudo-terminals: those answer in real time.

``ScaledLoop``: a stock asyncio loop on which ``speed`` seconds pass in each real one.
"""

import asyncio
import logging
import selectors
import time
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, TypeVar, TypeVarTuple, Unpack

if TYPE_CHECKING:
    from _typeshed import FileDescriptorLike

T = TypeVar("T")
Ts = TypeVarTuple("Ts")

# Timers this close to now are due. 1e-9 as on Linux would livelock after 194 days: from
# 2**24 s on, now + 1e-9 is now, and a timer that rounding left just ahead is never reached.
RESOLUTION_S = 1e-6
STEP_S_MAX = 0.05  # of scaled time in one turn: well below every time-out of the charger
HOLD_S_MAX = 5.0  # of real time that work in a thread stops scaled time for; then it hangs
LOOK_S = 0.05  # of ``until``
START_UTC = datetime(2026, 1, 1, tzinfo=UTC)

log = logging.getLogger(__name__)


class Deadlock(RuntimeError):
    """Raised when every task waits and no timer is set: nothing can ever happen again."""


class _VirtualSelector(selectors.BaseSelector):
    """Instead of waiting, moves the clock. Remembers the loop's wake-up pipe, asks nothing."""

    def __init__(self) -> None:
        self.now_s = 0.0
        self._keys: dict[int, selectors.SelectorKey] = {}

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            raise Deadlock(f"after {self.now_s:.3f} s every task waits and no timer is set")
        self.now_s += max(0.0, timeout)
        return []

    def register(self, fileobj: Any, events: int, data: Any = None) -> selectors.SelectorKey:
        fd = fileobj if isinstance(fileobj, int) else fileobj.fileno()
        self._keys[fd] = selectors.SelectorKey(fileobj, fd, events, data)
        return self._keys[fd]

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._keys.pop(fileobj if isinstance(fileobj, int) else fileobj.fileno())

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._keys

    def close(self) -> None:
        self._keys.clear()


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose time is the time of its timers. Starts at 0 s, on ``start_utc``."""

    def __init__(self, start_utc: datetime = START_UTC) -> None:
        self.start_utc = start_utc
        self._virtual_selector = _VirtualSelector()
        super().__init__(self._virtual_selector)
        self._clock_resolution = RESOLUTION_S

    def time(self) -> float:
        """Virtual seconds since the loop was made."""
        return self._virtual_selector.now_s

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Ts]], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Run ``func`` now, in this thread: other threads know nothing of virtual time."""
        return at_once(self, func, *args)

    def add_reader(
        self, fd: "FileDescriptorLike", callback: Callable[[Unpack[Ts]], Any], *args: *Ts
    ) -> None:
        """Refused: a file is ready in real time, which does not pass here."""
        raise RuntimeError(f"file {fd} cannot be waited for in virtual time")

    def add_writer(
        self, fd: "FileDescriptorLike", callback: Callable[[Unpack[Ts]], Any], *args: *Ts
    ) -> None:
        """Refused, like ``add_reader``."""
        raise RuntimeError(f"file {fd} cannot be waited for in virtual time")


def at_once(
    loop: asyncio.AbstractEventLoop, func: Callable[[Unpack[Ts]], T], *args: *Ts
) -> asyncio.Future[T]:
    """Run ``func`` now, in this thread, for whoever awaits the future."""
    future: asyncio.Future[T] = loop.create_future()
    try:
        future.set_result(func(*args))
    except Exception as error:
        future.set_exception(error)
    return future


class _ScaledSelector(selectors.DefaultSelector):
    """Waits ``speed`` times shorter than it is asked to, and keeps the scaled time.

    Work in threads takes real time, which would be ``speed`` times as long to whoever waits for
    it: scaled time stands meanwhile. Files are answered all the while.
    """

    def __init__(self, speed: float, may_lag: bool) -> None:
        super().__init__()
        self.now_s = 0.0
        self._speed = speed
        self._is_fast = speed > 1 or may_lag
        self._step_s_max = STEP_S_MAX if self._is_fast else float("inf")
        self._seen_s = time.monotonic()
        self._began_s: dict[asyncio.Future[Any], float] = {}  # work in threads, the oldest first
        self._hangs = False

    def begin(self, work: asyncio.Future[Any]) -> None:
        """Let time stand until the work is done; where time is real it stands for nothing."""
        if self._is_fast:
            self._began_s[work] = time.monotonic()
            work.add_done_callback(self._began_s.pop)

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        hold_s = self._hold_s()
        if hold_s > 0:
            found = super().select(0 if timeout == 0 else hold_s)  # ended by the work or by a file
            self._seen_s = time.monotonic()
            return found
        found = super().select(timeout and timeout / self._speed)
        seen_s = time.monotonic()
        asked_s = float("inf") if timeout is None else max(0.0, timeout)
        passed_s = (seen_s - self._seen_s) * self._speed
        self.now_s += min(passed_s, asked_s + self._step_s_max)
        self._seen_s = seen_s
        return found

    def _hold_s(self) -> float:
        """For how much longer time stands; 0 when no work is in a thread, or the oldest hangs."""
        oldest_s = next(iter(self._began_s.values()), None)
        if oldest_s is None:
            self._hangs = False
            return 0.0
        left_s = max(0.0, oldest_s + HOLD_S_MAX - time.monotonic())
        if left_s == 0 and not self._hangs:
            log.warning("work in a thread takes longer than %s s: time goes on", HOLD_S_MAX)
        self._hangs = left_s == 0
        return left_s


class ScaledLoop(asyncio.SelectorEventLoop):
    """An event loop on which up to ``speed`` seconds pass in each real second. Starts at 0 s.

    Real input and output work. Where time runs faster, no turn of the loop lets more than
    ``STEP_S_MAX`` pass beyond what it waited for, and none passes while work is in a thread: a
    machine or a disk that cannot keep up makes time slower, and nothing is missed by a jump.
    """

    def __init__(self, speed: float, may_lag: bool = False) -> None:
        assert speed > 0
        self.speed = speed
        self._scaled_selector = _ScaledSelector(speed, may_lag)
        super().__init__(self._scaled_selector)
        self._clock_resolution = RESOLUTION_S

    def time(self) -> float:
        """Scaled seconds since the loop was made."""
        return self._scaled_selector.now_s

    def run_in_executor(
        self, executor: Executor | None, func: Callable[[Unpack[Ts]], T], *args: *Ts
    ) -> asyncio.Future[T]:
        """Run ``func`` in a thread, with scaled time standing for ``HOLD_S_MAX`` at most."""
        work = super().run_in_executor(executor, func, *args)
        self._scaled_selector.begin(work)
        return work


class LoopClock:
    """The ``Clock`` port on the running loop's time.

    Without ``start_utc`` the wall time is the loop's own start, so that all clocks of one
    virtual loop agree, or on a loop that has none the present.
    """

    def __init__(self, start_utc: datetime | None = None) -> None:
        self._loop = asyncio.get_running_loop()
        self._started_s = self._loop.time()
        if start_utc is None and isinstance(self._loop, VirtualLoop):
            start_utc = self._loop.start_utc
            self._started_s = 0.0
        self._start_utc = start_utc or datetime.now(UTC)
        assert self._start_utc.tzinfo is not None

    def now(self) -> datetime:
        """Aware UTC, as far after the start as the loop has run."""
        return self._start_utc + timedelta(seconds=self._loop.time() - self._started_s)

    def now_s(self) -> float:
        """The loop's own time."""
        return self._loop.time()

    def step(self, seconds: float) -> None:
        """Correct the wall clock, as a time server does; ``now_s`` does not move."""
        self._start_utc += timedelta(seconds=seconds)


async def until(is_so: Callable[[], bool], seconds: float, seen: Callable[[], object]) -> float:
    """Wait until ``is_so``; return how long it took; AssertionError after ``seconds``.

    ``seen`` is what the error shows.
    """
    began_s = loop_time_s()
    while not is_so():
        assert loop_time_s() - began_s < seconds, f"not within {seconds} s: {seen()}"
        await asyncio.sleep(LOOK_S)
    return loop_time_s() - began_s


def loop_time_s() -> float:
    """The running loop's own time: the default of twins that need no ``Clock``."""
    return asyncio.get_running_loop().time()


def run_virtual(main: Coroutine[Any, Any, T], start_utc: datetime = START_UTC) -> T:
    """Run ``main`` on a new ``VirtualLoop`` to its end and return its result."""
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(start_utc)) as runner:
        return runner.run(main)
