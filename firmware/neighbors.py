"""Neighbors: builds the way to the broker, and this charger's part in its site, as configured.

A key that cannot be read leaves the charger alone, at its safe share, and says so. What shares a
site is loaded only where one is configured.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ampkeeper.firmware.config.model import Config
from ampkeeper.firmware.config.model_site import Mqtt
from ampkeeper.firmware.station.energy import Energy
from ampkeeper.firmware.station.feeds import hear_energy, hear_grid
from ampkeeper.firmware.station.task import StationTask
from ampkeeper.hal.ports import Bus, Clock

if TYPE_CHECKING:
    from ampkeeper.firmware.station.site_part import SitePart

KEY_FILE_BYTES_MAX = 4096

MakeBus = Callable[[Mqtt, str], Bus]
"""Takes what is configured, and who this charger is at the broker."""

log = logging.getLogger(__name__)


class Neighbors:
    """``bus`` is None where no broker is configured."""

    def __init__(
        self,
        config: Config,
        task: StationTask,
        clock: Clock,
        make_bus: MakeBus | None,
        new_id: Callable[[], str],
    ) -> None:
        own = config.mqtt.id or config.station.serial
        has_broker = bool(config.mqtt.url) and make_bus is not None
        self.bus = make_bus(config.mqtt, own) if make_bus is not None and has_broker else None
        self._task, self._config, self._clock = task, config, clock
        self._site = self._make_site(new_id()) if config.site.name else None

    def hear(self, energy: Energy) -> None:
        """Hand the owner's energy what comes over the bus, and the site what the mains show."""
        if self._site is not None:
            self._site.show(energy.guard.mains)
        if self.bus is not None:
            hear_energy(self._task, energy, self._config, self.bus, self._clock)
        if self.bus is not None and self._config.grid.topic:
            grid = self._task.station.limiting.grid
            hear_grid(self._task, grid, self._config.grid.topic, self.bus)

    def start(self, group: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        """The tasks of it."""
        return [] if self.bus is None else [group.create_task(self.bus.run(), name="broker")]

    def view(self) -> Mapping[str, Any] | None:
        """The site as people see it; None: there is none."""
        return None if self._site is None else self._site.view()

    def _make_site(self, new_id: str) -> "SitePart":
        from ampkeeper.firmware.station.site_part import SitePart

        text, problem = _read(self._config.site.key_file)
        made = SitePart(self._config, self._task, self._clock, self.bus, new_id, text, problem)
        if made.problem:
            log.error("site: %s", made.problem)
        return made


def _read(path: str) -> tuple[str, str]:
    """What the key file holds, or why that cannot be told."""
    try:
        with Path(path).open("rb") as file:
            return file.read(KEY_FILE_BYTES_MAX).decode("ascii", "replace"), ""
    except OSError as error:
        return "", f"{path}: {error}"
