"""Limiting: whoever limits the current of an EVSE, asked anew after every event.

A source is an object with ``limits``; what all of them say now is what the ledger of the EVSE
holds, in place of what they said before. A new source is one more in ``Limiting.sources``. Pure.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

from ampkeeper.firmware.faults import info_of
from ampkeeper.firmware.limits.history import History
from ampkeeper.firmware.limits.ledger import Entry
from ampkeeper.firmware.safety import fault
from ampkeeper.firmware.safety.limit import BY_NOTHING, BY_PERMIT
from ampkeeper.firmware.safety.names import LIMIT_OWNERS
from ampkeeper.firmware.station.absence import Absence
from ampkeeper.firmware.station.enforcing import Enforcing
from ampkeeper.firmware.station.grid import Grid
from ampkeeper.firmware.station.owner_limit import OwnerLimits
from ampkeeper.firmware.station.phases import PhaseDesk
from ampkeeper.firmware.station.ring_one import and_needs, least_a, needs
from ampkeeper.firmware.station.sharing import part_of
from ampkeeper.firmware.store.changes import AddLimitChange

if TYPE_CHECKING:
    from ampkeeper.firmware.station.effects import Effects
    from ampkeeper.firmware.station.evse import Evse
    from ampkeeper.firmware.station.station import Station

MAX_CURRENT = "LimitCtrlr.MaxCurrent"
RING_ONE = {  # by owner: why
    "board": "rating of the board, as ring 1 knows it",
    "cable": "coded in the cable's plug, as ring 1 reads it",
    "temperature": "the board is hot",
    "meter": "ring 1 hears nothing of the meter",
    "car": "the car reads no duty cycle",
}


BY_FAULT = {  # the owner in the ledger; of all others "fault"
    fault.OVER_VOLTAGE: "supply",
    fault.UNDER_VOLTAGE: "supply",
    fault.SUPPLY_LOST: "supply",
    fault.OVER_TEMPERATURE: "temperature",
    fault.METER_STALE: "meter",
}


class Source(Protocol):
    """Something that limits the current.

    ``limits`` has no effect but its answer, costs little, and never raises: it is asked many
    times a second. ``now`` in ``since`` is enough: the ledger knows since when it is so.
    """

    def limits(self, evse: "Evse", now: datetime, now_s: float) -> Iterable[Entry]:
        """What it allows this EVSE now; nothing: it does not limit."""


class Limiting:
    """All sources of a station."""

    def __init__(self, station: "Station") -> None:
        self._station = station
        self._histories: dict[int, History] = {}
        self.owner = OwnerLimits(station)
        self.enforcing = Enforcing(station.rules.enforcement)
        rules = station.rules
        self.grid = Grid(station, rules.grid)
        self.phases = PhaseDesk(station.evses.values(), rules.phase_rules, rules.one_phase_a_max)
        self.sources: list[Source] = [
            Installed(),
            Plugged(),
            Measured(),
            Accepted(),
            Told(station),
            Configured(station),
            station.charging,
            Absence(station),
            self.owner,
            self.grid,
            self.phases,
            RingOne(),
            Broken(),
        ]

    def recall(self, read: Callable[[str], str | None]) -> list[str]:
        """Take up what the books hold; return what of it cannot be used, in words."""
        return self.owner.recall(read) + self.grid.recall(read)

    def settle(self, now: datetime, now_s: float, effects: "Effects") -> None:
        """Ask all sources, and see whether the cars keep to it.

        They are asked once more if other phases follow from what they said.
        """
        self.grid.follow(now, now_s, effects)
        self._ask(now, now_s)
        if self.phases.follow(now, now_s, effects):
            self._ask(now, now_s)
        for evse in self._station.evses.values():
            told_a = evse.ledger.allowed_a()
            less = self.enforcing.judge(evse, told_a, now, now_s, effects)
            offered_a = min(told_a, less.current_a) if less is not None else told_a
            unusable = _unusable(evse, offered_a, now)
            evse.ledger.amend(entry for entry in (less, unusable) if entry is not None)
            self._note(evse, now, now_s, effects)

    def _ask(self, now: datetime, now_s: float) -> None:
        for evse in self._station.evses.values():
            found = (entry for source in self.sources for entry in source.limits(evse, now, now_s))
            evse.ledger.settle(found, now, now_s)

    def _note(self, evse: "Evse", now: datetime, now_s: float, effects: "Effects") -> None:
        """Write down what binds, if it is another one."""
        history = self._histories.setdefault(evse.evse_id, History())
        moment = history.note(evse.ledger.binding(), evse.ledger.offered_a(), now, now_s)
        if moment is None:
            return
        told = (evse.evse_id, moment.at, moment.source, moment.current_a, moment.reason)
        effects.changes.append(AddLimitChange(*told, changes=moment.changes, now_s=now_s))
        effects.notice(
            "limit", evse_id=evse.evse_id, limit_a=moment.current_a, limited_by=moment.source
        )


def _unusable(evse: "Evse", offered_a: float, now: datetime) -> Entry | None:
    """A car that cannot charge with so little is offered nothing by ring 1 (vehicle profile)."""
    if evse.session.charge is None and evse.session.grant is None:
        return None
    if not 0 < offered_a < least_a(evse):
        return None
    said = (each for each in evse.ledger.entries() if not each.is_below)
    words = next((f"{each.source} allows {offered_a:.1f} A" for each in said), "")
    return Entry("vehicle", 0.0, evse.rules.phases, needs(evse), now, detail=words, is_below=True)


class Installed:
    """The rating of the board and of what is wired to it."""

    def limits(self, evse: "Evse", now: datetime, now_s: float) -> Iterator[Entry]:
        rated_a = evse.rules.current_a_max
        yield Entry("board", rated_a, evse.rules.phases, "rating of the board and its wiring", now)


class Plugged:
    """The cable, as its plug is coded."""

    def limits(self, evse: "Evse", now: datetime, now_s: float) -> Iterator[Entry]:
        cable_a = evse.status.cable_a if evse.status is not None else 0.0
        if cable_a > 0:
            yield Entry("cable", cable_a, evse.rules.phases, "coded in the cable's plug", now)


class Measured:
    """The meter: what is not measured is not sold."""

    def limits(self, evse: "Evse", now: datetime, now_s: float) -> Iterator[Entry]:
        limit_a, reason = evse.register.limit()
        if limit_a is not None:
            yield Entry("meter", limit_a, evse.rules.phases, reason, now)


class Accepted:
    """A token that is refused after the start, and whose charge only pauses."""

    def limits(self, evse: "Evse", now: datetime, now_s: float) -> Iterator[Entry]:
        if evse.transaction is not None and evse.transaction.is_barred:
            yield Entry("authorisation", 0.0, evse.rules.phases, "the token is not accepted", now)


class Told:
    """MaxCurrent, one number for each EVSE."""

    def __init__(self, station: "Station") -> None:
        self._station = station

    def limits(self, evse: "Evse", now: datetime, now_s: float) -> Iterator[Entry]:
        told_a = float(self._station.variable(MAX_CURRENT))
        if told_a < evse.rules.current_a_max:
            reason = "MaxCurrent, set by the central system"
            yield Entry("ocpp", told_a, evse.rules.phases, reason, now)


class Configured:
    """What all EVSEs together may take, by the configuration."""

    def __init__(self, station: "Station") -> None:
        self._station = station

    def limits(self, evse: "Evse", now: datetime, now_s: float) -> Iterator[Entry]:
        total_a = self._station.rules.current_a_max
        if total_a is not None:
            part_a = part_of(evse, self._station.evses.values(), total_a)
            reason = "max_a of [limits], shared"
            words = and_needs(evse, "", part_a)
            yield Entry("config", part_a, evse.rules.phases, reason, now, detail=words)


class RingOne:
    """What hardware and car bear now. Ring 1 keeps to it by itself, whatever it is permitted."""

    def limits(self, evse: "Evse", now: datetime, now_s: float) -> Iterator[Entry]:
        status = evse.status
        if status is None or not evse.is_offering or status.limited_by in (BY_NOTHING, BY_PERMIT):
            return
        owner = LIMIT_OWNERS[status.limited_by]
        yield Entry(owner, status.limit_a, evse.rules.phases, RING_ONE[owner], now, is_below=True)


class Broken:
    """Ring 1's faults: none of them lets a car be offered anything, but for the warnings."""

    def limits(self, evse: "Evse", now: datetime, now_s: float) -> Iterator[Entry]:
        for code, since in evse.faults.items():
            info = info_of(code)
            if code < fault.OWN_COUNT and info.severity != fault.LOW:
                source = BY_FAULT.get(code, "fault")
                reason = f"{info.name}: {info.text}"
                yield Entry(source, 0.0, evse.rules.phases, reason, since, is_below=True)
