"""Site part: this charger's part in its site, made as the configuration says.

Loaded only where a site is configured. What its key file holds is read by who makes it.
"""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from ampkeeper.firmware.config.model import Config
from ampkeeper.firmware.energy.mains import Mains
from ampkeeper.firmware.site.circuits import SiteRefused
from ampkeeper.firmware.site.party import Party
from ampkeeper.firmware.site.place import Measured, Place
from ampkeeper.firmware.site.seal import Seals, keys_of
from ampkeeper.firmware.station.site_door import READ_S_MAX, SiteDoor
from ampkeeper.firmware.station.site_plan import plan_of
from ampkeeper.firmware.station.site_view import site_view
from ampkeeper.firmware.station.task import StationTask
from ampkeeper.hal.ports import Bus, Clock

BOOT_CHARS = 16


class SitePart:
    """``problem``: why it is alone, besides the broker; empty: nothing is wrong."""

    def __init__(
        self,
        config: Config,
        task: StationTask,
        clock: Clock,
        bus: Bus | None,
        new_id: str,
        key_text: str,
        problem: str,
    ) -> None:
        """``key_text`` is what the key file holds, ``problem`` why it could not be read."""
        self._clock, self._bus = clock, bus
        self._own = config.mqtt.id or config.station.serial
        keys, self.problem = ((), problem) if problem else _keys(config.site.key_file, key_text)
        plan = plan_of(config.circuit, config.member)
        self._meters: Mapping[str, str] = plan.meters
        boot = new_id.replace("-", "")[:BOOT_CHARS]
        seals = Seals(keys, plan.fingerprint, self._own, boot, plan.stations)
        place = Place(plan.roster, plan.stations, plan.meters, self._own)
        party = Party(place, seals, clock.now_s())
        self._door = SiteDoor(config.site.name, party, task.station, task.post, clock.now_s)
        self._door.problem = self.problem
        if bus is not None and not self.problem:
            self._door.join(bus, config.mqtt.prefix)
        task.station.limiting.sources.append(self._door)
        task.followers.append(self._door.follow)

    def show(self, mains: Mains) -> None:
        """Tell the site from now on what the mains meter of this charger shows."""
        measured = [name for name, by in self._meters.items() if by == self._own]
        self._door.meters = partial(shown_by, mains, measured)

    def view(self) -> dict[str, Any]:
        """The site as people see it."""
        return site_view(self._door, self._bus, self._clock.now(), self._clock.now_s())


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


def _keys(path: str, text: str) -> tuple[tuple[bytes, ...], str]:
    """The site's keys, or why there are none."""
    try:
        return keys_of(text), ""
    except SiteRefused as error:
        return (), f"{path}: {error}"
