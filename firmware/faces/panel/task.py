"""The panel's tasks: one lights lamp and buzzer of an EVSE, one listens to its button.

A panel that fails is opened again for ever; no charge depends on it.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from ampkeeper.firmware.config.model_panel import NO_ACTION
from ampkeeper.firmware.config.model_panel import Panel as Chosen
from ampkeeper.firmware.faces.panel.inputs import settings_of, shown_of
from ampkeeper.firmware.faces.panel.panel import MINUTES_OF_HOUR, Panel
from ampkeeper.firmware.faces.panel.table import NAMES
from ampkeeper.firmware.station.button import Buttons
from ampkeeper.firmware.station.task import StationTask
from ampkeeper.hal.errors import HalError
from ampkeeper.hal.ports import Clock, Indicator

REOPEN_S = 1.0
OWN = "indicator"  # kind of the notice that tells what is shown

Notice = Callable[[str, dict[str, Any]], None]

log = logging.getLogger(__name__)


class PanelTask:
    """Lamp, buzzer and button of one EVSE."""

    def __init__(
        self,
        evse_id: int,
        indicator: Indicator,
        task: StationTask,
        clock: Clock,
        chosen: Chosen,
        notice: Notice,
    ) -> None:
        self._evse_id = evse_id
        self._indicator = indicator
        self._task = task
        self._clock = clock
        self._actions = {False: chosen.button, True: chosen.button_long}
        self._notice = notice
        self._panel = Panel(evse_id, settings_of(chosen))
        self._buttons = Buttons(task.station)
        self._told = -1
        self._is_failing = False
        self._is_open = asyncio.Event()
        self._has_news = asyncio.Event()

    def start(self, group: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        """Start both tasks; ended by cancellation."""
        return [
            group.create_task(self.run(), name=f"panel {self._evse_id}"),
            group.create_task(self.listen(), name=f"button {self._evse_id}"),
        ]

    def on_notice(self, kind: str, fields: Mapping[str, Any]) -> None:
        """The station told something: perhaps another look is due."""
        self._panel.hear(kind, fields.get("evse_id"), self._clock.now_s())
        self._has_news.set()
        if self._buttons.is_left_over(self._evse_id):
            self._task.post(partial(self._buttons.follow, self._evse_id))

    async def run(self) -> None:
        """Keep lamp and buzzer as the station is; ended by cancellation."""
        while True:
            try:
                await self._indicator.open()
                self._is_open.set()
                self._is_failing = False
                await self._keep_shown()
            except HalError as error:
                self._is_open.clear()
                level = logging.DEBUG if self._is_failing else logging.WARNING
                log.log(level, "evse %d: panel: %s", self._evse_id, error)
                self._is_failing = True
                await asyncio.sleep(REOPEN_S)

    async def listen(self) -> None:
        """Hand on every press that does something; ended by cancellation."""
        while True:
            await self._is_open.wait()  # ended by ``run``, which opens for ever
            try:
                press = await self._indicator.next_press()
            except HalError:  # ``run`` says so
                await asyncio.sleep(REOPEN_S)
                continue
            action = self._actions[press.is_long]
            if action != NO_ACTION:
                await self._task.put(partial(self._buttons.press, self._evse_id, action))

    async def _keep_shown(self) -> None:
        while True:
            now, now_s = self._clock.now(), self._clock.now_s()
            self._panel.show(shown_of(self._task.station, self._evse_id, now), now_s)
            self._tell()
            local = now.astimezone()
            frame = self._panel.frame(now_s, local.hour * MINUTES_OF_HOUR + local.minute)
            self._indicator.show(frame.light)
            self._indicator.sound(frame.is_sounding)
            self._has_news.clear()
            try:
                async with asyncio.timeout(frame.wait_s):
                    await self._has_news.wait()
            except TimeoutError:
                pass

    def _tell(self) -> None:
        """Tell whoever watches what is shown now, once."""
        what = self._panel.what
        if what == self._told:
            return
        self._told = what
        shown = {"evse_id": self._evse_id, "shows": NAMES[what]} | self._panel.look._asdict()
        self._notice(OWN, shown)
