"""Memory socket: a connection to a central system without a network, for virtual time.

``memory_pair`` makes the two ends. A test or an emulated fleet gives ``MemoryDialer`` a function
that takes the far end of each new connection and names the subprotocol it chooses.
"""

import asyncio
from collections.abc import Callable, Sequence

from ampkeeper.hal.errors import AbsentError

FRAMES_MAX = 1024  # that wait in one direction; more: the peer does not read, the link is lost

Accept = Callable[["MemorySocket", str, Sequence[str]], str | None]


class MemorySocket:
    """One end of a pair."""

    def __init__(self) -> None:
        self.subprotocol: str | None = None
        self.trust: tuple[str, ...] | None = None
        self.is_open = True
        self.gives_pongs = True  # False: what the other end pings is not answered
        self._closed = asyncio.Event()
        self._frames: asyncio.Queue[str | bytes | None] = asyncio.Queue(FRAMES_MAX + 1)
        self._peer: MemorySocket | None = None

    async def send(self, text: str | bytes) -> None:
        """Give the peer one frame."""
        if not self.is_open or self._peer is None:
            raise AbsentError("the connection is closed")
        if self._peer._frames.qsize() >= FRAMES_MAX:
            self.abort()
            raise AbsentError(f"the peer left {FRAMES_MAX} frames unread")
        self._peer._frames.put_nowait(text)

    async def recv(self) -> str | bytes:
        """Wait for a frame; those sent before the end are still delivered."""
        if not self.is_open and self._frames.empty():
            raise AbsentError("the connection is closed")
        frame = await self._frames.get()  # ended by a frame or by either side's abort
        if frame is None:
            raise AbsentError("the connection was closed")
        return frame

    async def ping(self) -> None:
        """Wait for the pong: at once, or never while the connection lasts."""
        if self.is_open and self._peer is not None and not self._peer.gives_pongs:
            await self._closed.wait()  # ended by either side's abort
        if not self.is_open:
            raise AbsentError("the connection is closed")

    async def close(self) -> None:
        """End the connection."""
        self.abort()

    def abort(self) -> None:
        """End the connection for both sides."""
        for end in (self, self._peer):
            if end is not None and end.is_open:
                end.is_open = False
                end._closed.set()
                end._frames.put_nowait(None)


def memory_pair() -> tuple[MemorySocket, MemorySocket]:
    """Two ends that are connected."""
    near, far = MemorySocket(), MemorySocket()
    near._peer, far._peer = far, near
    return near, far


class MemoryDialer:
    """Connects to ``accept``; ``is_up`` False: nobody is there."""

    def __init__(self, accept: Accept) -> None:
        self.is_up = True
        self._accept = accept

    async def connect(self, url: str, subprotocols: Sequence[str]) -> MemorySocket:
        """Connect, offering ``subprotocols``."""
        if not self.is_up:
            raise AbsentError(f"{url}: nobody answers")
        near, far = memory_pair()
        far.subprotocol = near.subprotocol = self._accept(far, url, subprotocols)
        return near
