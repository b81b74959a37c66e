"""Virtual time with real sockets on loopback: TLS handshakes as they are, and no waiting.

Both ends of every connection must be in the same loop. What one end sends is there at once for
the other, so the clock jumps to the next timer only when nothing has been ready for a few looks.
"""

import asyncio
import selectors
import socket
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any, TypeVar

from ampkeeper.board.emulated.virtual_time import RESOLUTION_S, Deadlock, VirtualLoop

T = TypeVar("T")

LOOKS = 5  # without anything ready, after something was, before the clock moves
LOOK_S = 0.002  # of real time, each
IDLE_S = 2.0  # of real time, with no timer set: then nothing will come


class _LoopbackSelector(selectors.DefaultSelector):
    """Looks at the files first; where nothing is ready, moves the clock instead of waiting."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 0.0
        self._looks = 0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            found = super().select(IDLE_S)
            if not found:
                raise Deadlock(f"after {self.now_s:.3f} s every task waits and no timer is set")
            return found
        found = super().select(0)
        while not found and timeout > 0 and self._looks > 0:
            self._looks -= 1
            found = super().select(LOOK_S)
        if found:
            self._looks = LOOKS
        else:
            self.now_s += max(0.0, timeout)
        return found


class LoopbackLoop(VirtualLoop):
    """A virtual loop that knows sockets. Its wall time begins now: OpenSSL asks the machine's."""

    def __init__(self) -> None:
        self.start_utc = datetime.now(UTC)
        selector: Any = _LoopbackSelector()
        self._virtual_selector = selector
        asyncio.SelectorEventLoop.__init__(self, selector)
        self._clock_resolution = RESOLUTION_S

    async def getaddrinfo(self, host: Any, port: Any, **options: Any) -> Any:
        """Every name is this machine's: certificates can be for any, and nobody is asked."""
        kind = (socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP, "")
        return [(*kind, ("127.0.0.1", int(port)))]


def run_on_loopback(main: Coroutine[Any, Any, T]) -> T:
    """Run ``main`` on a new ``LoopbackLoop`` to its end and return its result."""
    with asyncio.Runner(loop_factory=LoopbackLoop) as runner:
        return runner.run(main)
