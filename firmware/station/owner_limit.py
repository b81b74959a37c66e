"""Owner's limit: the most that the owner wants, for one EVSE or each; kept in the books.

It can only take away: whatever else limits goes on to. It ends when it is cleared or when its
time is over, by the wall's clock, over power cuts too. Pure.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from ampkeeper.firmware.limits.ledger import CURRENT_A_MAX, CURRENT_A_MIN, Entry
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.store.changes import SaveMeta

if TYPE_CHECKING:
    from ampkeeper.firmware.station.evse import Evse
    from ampkeeper.firmware.station.station import Station

KEY = "owner_limits"
SOURCE = "owner"
EXTERNAL = "Other"  # 2.0.1 ChargingLimitSourceEnumType: neither the operator, EMS nor grid
EACH = 0  # the "EVSE" that means each of them
BY_COMMAND, BY_WEB, BY_MQTT, BY_MODBUS = "command line", "web", "MQTT", "Modbus"
WAYS = (BY_COMMAND, BY_WEB, BY_MQTT, BY_MODBUS)


@dataclass(frozen=True, slots=True)
class OwnerLimit:
    """At most ``current_a`` per phase; 0 pauses. ``until`` None: until it is cleared."""

    current_a: float
    since: datetime
    until: datetime | None = None
    by: str = BY_COMMAND


def problem_of(current_a: object) -> str:
    """Why this is no current to be limited to; empty: it is one."""
    is_number = isinstance(current_a, int | float) and not isinstance(current_a, bool)
    if is_number and (current_a == 0 or CURRENT_A_MIN <= float(str(current_a)) <= CURRENT_A_MAX):
        return ""
    return f"limit {current_a!r}: 0 (pause) or {CURRENT_A_MIN:g} to {CURRENT_A_MAX:g} A per phase"


class OwnerLimits:
    """A source of the ledger; ``on_limit`` and ``on_clear`` are events of the station."""

    def __init__(self, station: "Station") -> None:
        self._station = station
        self._limits: dict[int, OwnerLimit] = {}

    def recall(self, read: Callable[[str], str | None]) -> list[str]:
        """Take up what the books hold; return what of it cannot be used, in words."""
        text = read(KEY) or "{}"
        try:
            rows = {int(name): _limit(**row) for name, row in json.loads(text).items()}
        except (AttributeError, OverflowError, TypeError, ValueError) as error:
            return [f"the owner's limits cannot be read: {error}"]
        self._limits = rows
        return []

    def on_limit(self, evse_id: int, limit: OwnerLimit, now: datetime, now_s: float) -> Effects:
        """The owner limits an EVSE, or each (0), in place of what he said of it before."""
        self._limits[evse_id] = limit
        return self._kept(now, now_s, evse_id, limit.current_a)

    def on_clear(self, evse_id: int | None, now: datetime, now_s: float) -> Effects:
        """The owner limits an EVSE no more; None: nothing at all."""
        if evse_id is None:
            self._limits.clear()
        else:
            self._limits.pop(evse_id, None)
        return self._kept(now, now_s, evse_id or EACH, None)

    def limits(self, evse: "Evse", now: datetime, now_s: float) -> Iterator[Entry]:
        """What the owner said of this EVSE, and of each."""
        for place in (evse.evse_id, EACH):
            told = self._limits.get(place)
            if told is None:
                continue
            yield Entry(
                SOURCE,
                told.current_a,
                evse.rules.phases,
                f"set by the owner ({told.by})",
                told.since,
                expires=told.until,
                external=EXTERNAL,
            )

    def _kept(self, now: datetime, now_s: float, evse_id: int, current_a: float | None) -> Effects:
        running = {
            place: told
            for place, told in self._limits.items()
            if told.until is None or now < told.until
        }
        self._limits = running
        effects = Effects(changes=[SaveMeta(KEY, _text(running))])
        effects.notice("owner_limit", evse_id=evse_id, current_a=current_a)
        return self._station.settle(now, now_s, effects)


def _text(limits: dict[int, OwnerLimit]) -> str:
    rows = {str(place): asdict(told) for place, told in limits.items()}
    return json.dumps(rows, default=datetime.isoformat)


def _limit(current_a: float, since: str, until: str | None, by: str) -> OwnerLimit:
    if problem := problem_of(current_a):
        raise ValueError(problem)
    ends = datetime.fromisoformat(until).astimezone(UTC) if until is not None else None
    return OwnerLimit(current_a, datetime.fromisoformat(since).astimezone(UTC), ends, str(by))
