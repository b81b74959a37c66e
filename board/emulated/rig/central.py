"""Central: the demonstration's central system in a thread of its own, for tests that bring none."""

import asyncio
import threading
import time
from collections.abc import Callable
from typing import Any

from ampkeeper.board.emulated.demo.csms import CALL, DemoCsms, Frame
from ampkeeper.board.emulated.rig.errors import NotInTimeError

START_S = 30.0
CALL_S = 40.0
WITHIN_S = 60.0
LOOK_S = 0.02
SHOWN = 10


class DemoCentral:
    """OCPP 1.6, 2.0.1 and 2.1 on loopback, every frame checked against the standard's schemas."""

    def __init__(self) -> None:
        self.url = ""
        self.frames: list[tuple[str, str, Frame]] = []  # station, "in" or "out", frame
        self._loop = asyncio.new_event_loop()
        self._csms = DemoCsms(observer=self._note)
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    def start(self) -> None:
        """Listen on a free port; ``url`` is where."""
        self._thread.start()
        self.url = asyncio.run_coroutine_threadsafe(self._csms.start(), self._loop).result(START_S)

    def stop(self) -> None:
        """Close every connection and the port."""
        asyncio.run_coroutine_threadsafe(self._csms.stop(), self._loop).result(START_S)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    @property
    def rejected(self) -> list[str]:
        """Frames that broke the schema, in words."""
        return list(self._csms.rejected)

    def judge(self, token: str, status: str) -> None:
        """From now on a token gets this status, such as "Blocked"."""
        self._csms.tokens[token] = status

    def call(self, station_id: str, action: str, payload: dict[str, Any]) -> Frame:
        """Call a station; return the frame that it answers with."""
        asked = self._csms.call(station_id, action, payload)
        return asyncio.run_coroutine_threadsafe(asked, self._loop).result(CALL_S)

    def calls(self, action: str, station_id: str | None = None) -> list[dict[str, Any]]:
        """Payloads of the calls that stations made, oldest first."""
        return [
            frame[3]
            for station, direction, frame in list(self.frames)
            if direction == "in" and frame[0] == CALL and frame[2] == action
            if station_id in (None, station)
        ]

    def wait_for_call(
        self,
        action: str,
        is_it: Callable[[dict[str, Any]], bool] = lambda payload: True,
        within_s: float = WITHIN_S,
    ) -> dict[str, Any]:
        """Wait for such a call, those of before included; return the first."""
        deadline_s = time.monotonic() + within_s
        while True:
            found = [payload for payload in self.calls(action) if is_it(payload)]
            if found:
                return found[0]
            if time.monotonic() >= deadline_s:
                seen = "\n".join(str(each) for each in self.frames[-SHOWN:])
                text = f"no such {action} within {within_s:g} s; the newest frames:\n{seen}"
                raise NotInTimeError(text)
            time.sleep(LOOK_S)

    def _note(self, station_id: str, direction: str, frame: Frame) -> None:
        self.frames.append((station_id, direction, frame))
