"""Neighbors: builds the way to the broker, and this charger's part in its site, as configured.

A key that cannot be read leaves the charger alone, at its safe share, and says so.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from ampkeeper.firmware.config.model import Config
from ampkeeper.firmware.config.model_site import Mqtt
from ampkeeper.firmware.energy.mains import Mains
from ampkeeper.firmware.site.circuits import SiteRefused
from ampkeeper.firmware.site.party import Party
from ampkeeper.firmware.site.place import Measured, Place
from ampkeeper.firmware.site.seal import Seals, keys_of
from ampkeeper.firmware.station.energy import Energy
from ampkeeper.firmware.station.feeds import hear_energy, hear_grid
from ampkeeper.firmware.station.site_door import READ_S_MAX, SiteDoor
from ampkeeper.firmware.station.site_plan import Plan, plan_of
from ampkeeper.firmware.station.site_view import site_view
from ampkeeper.firmware.station.task import StationTask
from ampkeeper.hal.ports import Bus, Clock

KEY_FILE_BYTES_MAX = 4096
BOOT_CHARS = 16

MakeBus = Callable[[Mqtt, str], Bus]
"""Takes what is configured, and who this charger is at the broker."""

log = logging.getLogger(__name__)


class Neighbors:
    """``bus`` and ``site`` are None where nothing of the kind is configured."""

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
        self.site: SiteDoor | None = None
        self._clock, self._task, self._config, self._own = clock, task, config, own
        self._meters: Mapping[str, str] = {}
        if config.site.name:
            boot = new_id().replace("-", "")[:BOOT_CHARS]
            self.site = self._make_site(config, task, own, boot)

    def hear(self, energy: Energy) -> None:
        """Hand the owner's energy what comes over the bus, and the site what the mains show."""
        mains = energy.guard.mains
        if self.site is not None:
            measured = [name for name, by in self._meters.items() if by == self._own]
            self.site.meters = partial(shown_by, mains, measured)
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
        if self.site is None:
            return None
        return site_view(self.site, self.bus, self._clock.now(), self._clock.now_s())

    def _make_site(self, config: Config, task: StationTask, own: str, boot: str) -> SiteDoor:
        plan: Plan = plan_of(config.circuit, config.member)
        self._meters = plan.meters
        keys, problem = _keys(config.site.key_file)
        seals = Seals(keys, plan.fingerprint, own, boot, plan.stations)
        place = Place(plan.roster, plan.stations, plan.meters, own)
        now_s = self._clock.now_s
        door = SiteDoor(
            config.site.name, Party(place, seals, now_s()), task.station, task.post, now_s
        )
        door.problem = problem
        if self.bus is not None and not problem:
            door.join(self.bus, config.mqtt.prefix)
        task.station.limiting.sources.append(door)
        task.followers.append(door.follow)
        return door


def shown_by(mains: Mains, circuits: Sequence[str], now_s: float) -> dict[str, Measured]:
    """What the mains meter showed last in the circuits it measures; nothing if it is silent."""
    flow = mains.flow(now_s)
    if flow is None or now_s - flow.taken_s > READ_S_MAX:
        return {}
    first_a, second_a, third_a = flow.current_a
    if first_a is None or second_a is None or third_a is None:
        return {}
    shown = Measured((first_a, second_a, third_a), flow.taken_s)
    return dict.fromkeys(circuits, shown)


def _keys(path: str) -> tuple[tuple[bytes, ...], str]:
    """The site's keys, or why there are none."""
    try:
        with Path(path).open("rb") as file:
            text = file.read(KEY_FILE_BYTES_MAX).decode("ascii", "replace")
        return keys_of(text), ""
    except (OSError, SiteRefused) as error:
        log.error("site: %s: %s", path, error)
        return (), f"{path}: {error}"
