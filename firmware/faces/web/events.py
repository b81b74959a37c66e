"""Events: what viewers of the page are told as it happens, as server-sent events.

The state once a second at most, and only where it changed; to who may see the history also what
happened. Each viewer has a queue of ``QUEUE_MAX``; who takes too little is dropped, and comes
again by itself (WHATWG HTML 9.2). Nobody waits for a viewer.
"""

import asyncio
import json
from collections.abc import Callable
from typing import Any

from ampkeeper.firmware.faces.api import State, for_guest, shape
from ampkeeper.firmware.faces.web.curve import EVERY_S, Curve
from ampkeeper.hal.ports import Clock

VIEWERS_MAX = 20
QUEUE_MAX = 64
LOOK_S = 1.0
QUIET_LOOKS_MAX = 15  # then a line, so that nobody takes the silence for the end
RETRY_MS = 3_000


class Viewer:
    """Who watches. ``is_whole``: he may see the history too."""

    def __init__(self, is_whole: bool) -> None:
        self.is_whole = is_whole
        self.is_dropped = False
        self._queue: asyncio.Queue[str] = asyncio.Queue(QUEUE_MAX)

    def tell(self, text: str) -> None:
        """Let him hear it; one who is too slow hears nothing more."""
        if self._queue.full():
            self.is_dropped = True
        else:
            self._queue.put_nowait(text)

    async def next(self, wait_s: float) -> str | None:
        """What comes next; None: nothing for so long."""
        try:
            async with asyncio.timeout(wait_s):
                return await self._queue.get()
        except TimeoutError:
            return None


class Hub:
    """All viewers, and the curves that they are shown first."""

    def __init__(self, read: Callable[[], State], clock: Clock) -> None:
        self._read = read
        self._clock = clock
        self.viewers: set[Viewer] = set()
        self.curves: dict[int, Curve] = {}
        self._curve_s = -EVERY_S
        self._told: dict[bool, str] = {}  # to whom it is whole, and to whom not
        self._quiet = 0

    def join(self, viewer: Viewer) -> bool:
        """Somebody begins to watch; False: there are too many."""
        if len(self.viewers) >= VIEWERS_MAX:
            return False
        viewer.tell(f"retry: {RETRY_MS}\n\n" + _message("state", self._state(viewer.is_whole)))
        self.viewers.add(viewer)
        return True

    def leave(self, viewer: Viewer) -> None:
        """He watches no more."""
        self.viewers.discard(viewer)

    def on_notice(self, kind: str, fields: dict[str, Any]) -> None:
        """Something happened."""
        text = _message("notice", {"kind": kind} | fields)
        for viewer in [viewer for viewer in self.viewers if viewer.is_whole]:
            self._tell(viewer, text)

    async def run(self) -> None:
        """Look once a second; ended by cancellation."""
        while True:
            self.look()
            await asyncio.sleep(LOOK_S)

    def look(self) -> None:
        """Tell what changed since the last look."""
        now_s = self._clock.now_s()
        if now_s - self._curve_s >= EVERY_S:
            self._curve_s = now_s
            self._draw(self._read())
        if not self.viewers:
            self._told.clear()
            return
        self._quiet += 1
        for is_whole in {viewer.is_whole for viewer in self.viewers}:
            self._tell_state(is_whole)
        if self._quiet > QUIET_LOOKS_MAX:
            self._quiet = 0
            for viewer in list(self.viewers):
                self._tell(viewer, ": still here\n\n")

    def _tell_state(self, is_whole: bool) -> None:
        told = self._state(is_whole)
        compared = json.dumps(told | {"time": ""}, default=str)
        if self._told.get(is_whole) == compared:
            return
        self._told[is_whole] = compared
        self._quiet = 0
        text = _message("state", told)
        for viewer in [viewer for viewer in self.viewers if viewer.is_whole == is_whole]:
            self._tell(viewer, text)

    def _draw(self, state: State) -> None:
        for evse in state.evses:
            self.curves.setdefault(evse.id, Curve()).add(state.time, evse)

    def _tell(self, viewer: Viewer, text: str) -> None:
        viewer.tell(text)
        if viewer.is_dropped:
            self.leave(viewer)

    def _state(self, is_whole: bool) -> dict[str, Any]:
        state = self._read()
        return shape(state if is_whole else for_guest(state))


def _message(kind: str, data: dict[str, Any]) -> str:
    """One event; JSON is one line."""
    return f"event: {kind}\ndata: {json.dumps(data, separators=(',', ':'), default=str)}\n\n"
