"""A meter in a thread of its own, for a command that has its own loop."""

import asyncio
import threading
from collections.abc import Callable
from types import TracebackType

from ampkeeper.board.emulated.meter_models import MeterModel
from ampkeeper.board.emulated.meter_twin import MeterTwin
from ampkeeper.hal.ports import MeterReading

START_S = 5.0  # ends a wait that should be over at once


class FarMeter:
    """``with FarMeter(...) as path``: a meter at the far end of the serial port ``path``."""

    def __init__(
        self, values: Callable[[], MeterReading | None], unit: int, model: MeterModel
    ) -> None:
        self._twin = MeterTwin(values, unit, model=model)
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()))
        self._is_up = threading.Event()
        self._path = ""
        self._loop: asyncio.AbstractEventLoop | None = None
        self._end: asyncio.Event | None = None

    def __enter__(self) -> str:
        self._thread.start()
        assert self._is_up.wait(START_S)
        return self._path

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._loop is not None
        assert self._end is not None
        self._loop.call_soon_threadsafe(self._end.set)
        self._thread.join(START_S)

    async def _serve(self) -> None:
        self._loop, self._end = asyncio.get_running_loop(), asyncio.Event()
        self._path = await self._twin.start()
        self._is_up.set()
        await self._end.wait()
        await self._twin.stop()
