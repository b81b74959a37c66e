"""Grid: the operator's cap as a source of the limits, and the evidence that it was followed.

The order in force, and each row of evidence, are in the books before they matter to anybody: an
order outlives a power cut. Power is measured at all EVSEs; where one is not known, none is told.
Pure.
"""

import json
import math
from collections.abc import Callable, Iterator
from datetime import datetime
from typing import TYPE_CHECKING

from ampkeeper.firmware.energy import grid_evidence as evidence
from ampkeeper.firmware.energy import grid_operator as states
from ampkeeper.firmware.energy.grid_evidence import BEGIN, GridEvent, chained
from ampkeeper.firmware.energy.grid_export import KEPT_AS, make_key
from ampkeeper.firmware.energy.grid_operator import GridOperator, GridRules, shares
from ampkeeper.firmware.limits.ledger import Entry
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.ring_one import and_needs, least_a
from ampkeeper.firmware.store.changes import AddGridEvent, SaveMeta

if TYPE_CHECKING:
    from ampkeeper.firmware.station.evse import Evse
    from ampkeeper.firmware.station.station import Station

KEY = "grid_operator"
SOURCE, EXTERNAL = "grid", "SO"  # 2.0.1 ChargingLimitSourceEnumType: the system operator
LINE = "line"  # the contact of the operator's control box
ORDERED, TAKEN_BACK, UNKNOWN = "order", "free", "unknown"  # what the line says
VOLTAGE_HIGH = 1.2  # of nominal: no supply has more (EN 50160: 1.1), and 1.15 is over-voltage
KINDS = {
    states.CAPPED: evidence.RECEIVED,
    states.SILENT: evidence.SILENT,
    states.RELEASING: evidence.RELEASED,
    states.FREE: evidence.FREE,
}


class Grid:
    """The grid operator at one station."""

    def __init__(self, station: "Station", rules: GridRules) -> None:
        self.operator = GridOperator(rules)
        self._station = station
        self._by = ""  # through which input the order came
        self._head = BEGIN  # digest of the newest row
        self._is_awaited = False  # the measured effect of an order
        self._has_key = False  # that signs the evidence
        self._line = ""  # what it says; empty: there is none, or it was not read yet

    def recall(self, read: Callable[[str], str | None]) -> list[str]:
        """Take up an order that was in force when the power went."""
        self._has_key = bool(read(KEPT_AS))
        text = read(KEY)
        if not text:
            return []
        try:
            kept = json.loads(text)
            head, by = str(kept["head"]), str(kept["by"])
            commanded_w, is_capped = float(kept["commanded_w"]), bool(kept["is_capped"])
            is_released = bool(kept.get("is_released"))
            _check(head, commanded_w)
        except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
            self.operator.resume(None, False)  # it cannot be told whether one is in force
            return [f"the grid operator's order cannot be read, so it caps: {error!r}"]
        self._head, self._by = head, by
        if is_capped:
            self.operator.resume(commanded_w, is_released)
        return []

    def on_order(self, power_w: float | None, by: str, now: datetime, now_s: float) -> Effects:
        """A cap is ordered; None: the configured one."""
        effects = Effects()
        if self.operator.order(power_w, now_s):
            self._by, self._is_awaited = by, True
            self._tell(evidence.RECEIVED, now, now_s, effects)
        return self._station.settle(now, now_s, effects)

    def on_release(self, now: datetime, now_s: float) -> Effects:
        """The order is taken back."""
        effects = Effects()
        if self.operator.release(now_s, self._chance):
            self._tell(evidence.RELEASED, now, now_s, effects)
        return self._station.settle(now, now_s, effects)

    def on_line(self, is_order: bool | None, now: datetime, now_s: float) -> Effects:
        """The line says another thing, or for the first time; None: it cannot be read.

        It takes back what it ordered, and silence; not what was ordered by another way.
        """
        if is_order:
            self._line = ORDERED
            return self.on_order(None, LINE, now, now_s)
        effects = Effects()
        if is_order is None:
            self._line = UNKNOWN
            if self.operator.lose():
                self._tell(evidence.SILENT, now, now_s, effects)
            return self._station.settle(now, now_s, effects)
        self._line = TAKEN_BACK
        if self._by in (LINE, "") or self.operator.state == states.SILENT:
            return self.on_release(now, now_s)
        return self._station.settle(now, now_s, effects)

    @property
    def is_held_by_line(self) -> bool:
        """True while the line orders, or cannot be read: then nobody else may change the cap."""
        return self._line in (ORDERED, UNKNOWN)

    def follow(self, now: datetime, now_s: float, effects: Effects) -> None:
        """Time passed; what the meters show now may be the effect."""
        if self._line in (ORDERED, TAKEN_BACK):
            self.operator.hear(now_s)
        if self.operator.tick(now_s, self._chance):
            self._tell(KINDS[self.operator.state], now, now_s, effects)
        power_w, most_w = self._measured_w(), self._most_w()
        if self._is_awaited and most_w is not None and power_w is not None and power_w <= most_w:
            self._is_awaited = False
            self._tell(evidence.EFFECTIVE, now, now_s, effects)

    def limits(self, evse: "Evse", now: datetime, now_s: float) -> Iterator[Entry]:
        """This EVSE's part of the cap; who does not charge could have it all."""
        cap_w = self.operator.power_w
        if cap_w is None:
            return
        part_w = self._parts_w(cap_w).get(evse.evse_id, cap_w)
        current_a = _current_a(evse, part_w)
        words = f"{cap_w:.0f} W for all, by {self._by or 'an earlier order'}"
        yield Entry(
            SOURCE,
            current_a,
            evse.rules.phases,
            self.operator.reason,
            now,
            detail=and_needs(evse, words, current_a),
            power_w=part_w,
            external=EXTERNAL,
        )

    def view(self, now_s: float) -> dict[str, object]:
        """What people are shown."""
        operator = self.operator
        left_s = operator.release_in_s(now_s)
        return {
            "state": states.STATES[operator.state],
            "cap_w": operator.power_w,
            "release_in_s": None if left_s is None else round(left_s),
            "by": self._by or None,
            "line": self._line or None,
            "measured_w": self._measured_w(),
            "head": self._head,
        }

    def _parts_w(self, cap_w: float) -> dict[int, float]:
        """What of the cap each EVSE has that charges."""
        running = [one for one in self._station.evses.values() if one.session.table.is_running]
        running.sort(key=lambda one: (one.since.began_s or 0.0, one.evse_id))
        parts_w = shares(cap_w, [_least_w(one) for one in running])
        return {one.evse_id: part_w for one, part_w in zip(running, parts_w, strict=True)}

    def _most_w(self) -> float | None:
        """What all may draw now: the cap, or the least that those who charge can use."""
        cap_w = self.operator.power_w
        if cap_w is None:
            return None
        parts_w = self._parts_w(cap_w)
        least_w = 0.0
        for evse_id, part_w in parts_w.items():
            evse = self._station.evses[evse_id]
            least_w += _current_a(evse, part_w) * _voltage_v(evse) * evse.phases_counted
        return max(cap_w, least_w)

    @property
    def _chance(self) -> float:
        """From 0 to 1, another one for each order: the digest of what led to it."""
        return int(self._head[:8], 16) / 0xFFFF_FFFF

    def _measured_w(self) -> float | None:
        total_w = 0.0
        for evse in self._station.evses.values():
            reading = evse.register.latest()
            if reading is None or reading.power_w is None or not evse.register.is_fresh:
                return None
            total_w += reading.power_w
        return total_w

    def _tell(self, kind: str, now: datetime, now_s: float, effects: Effects) -> None:
        """Write down what happened, and what is in force now."""
        operator, power_w = self.operator, self._measured_w()
        at = now.replace(microsecond=now.microsecond // 1_000 * 1_000)
        measured_w = None if power_w is None else round(power_w)
        commanded_w, reason = round(operator.commanded_w), operator.reason
        row = chained(GridEvent(at, kind, commanded_w, measured_w, self._by, reason), self._head)
        self._head = row.digest
        told = (row.at, kind, commanded_w, measured_w, self._by, reason, row.previous, row.digest)
        effects.changes.append(AddGridEvent(*told, now_s))
        if not self._has_key:
            self._has_key = True
            effects.changes.append(SaveMeta(KEPT_AS, make_key()))
        kept: dict[str, object] = {"head": self._head, "by": self._by}
        kept |= {"commanded_w": operator.commanded_w, "is_capped": operator.is_capped}
        kept["is_released"] = operator.state == states.RELEASING
        effects.changes.append(SaveMeta(KEY, json.dumps(kept)))
        effects.notice("grid", event=kind, cap_w=operator.power_w, measured_w=measured_w)


def _check(head: str, commanded_w: float) -> None:
    """Raise ValueError for what was never written."""
    if len(bytes.fromhex(head)) * 2 != len(BEGIN) or not math.isfinite(commanded_w):
        raise ValueError(f"head {head[:70]!r}, {commanded_w} W")


def _current_a(evse: "Evse", part_w: float) -> float:
    """``part_w`` on each phase, at the voltage there is.

    Who has enough for his least, as 6 A, at the nominal voltage has it at a higher one too: 4.2 kW
    are meant to let a car on three phases charge (BK6-22-300).
    """
    nominal_a = evse.current_a_of(part_w)
    current_a = nominal_a * evse.rules.voltage_v / _voltage_v(evse)
    usable_a = least_a(evse)
    return max(current_a, usable_a) if nominal_a >= usable_a else current_a


def _voltage_v(evse: "Evse") -> float:
    """As measured, in whole volts, but never below the nominal: less is no reason for more."""
    nominal_v, reading = evse.rules.voltage_v, evse.register.latest()
    if reading is None or not evse.register.is_fresh:
        return nominal_v
    known = (volts for volts in reading.voltage_v if volts is not None and volts > nominal_v)
    return min(math.ceil(max(known, default=nominal_v)), VOLTAGE_HIGH * nominal_v)


def _least_w(evse: "Evse") -> float:
    return least_a(evse) * evse.rules.voltage_v * evse.phases_counted
