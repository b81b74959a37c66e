"""Enforcing: cars that take more than they are allowed, found by the meter of their EVSE.

What is decided is in ``limits/enforcement.py``; here it becomes an entry of the ledger, a fault
that people understand, and one reason for the end of the transaction. Pure.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from ampkeeper.firmware.faults import LIMIT_IGNORED
from ampkeeper.firmware.limits.enforcement import (
    IGNORED,
    KEPT,
    Enforcement,
    EnforcementRules,
)
from ampkeeper.firmware.limits.ledger import Entry
from ampkeeper.firmware.safety import contactor
from ampkeeper.firmware.station.ring_one import least_a

if TYPE_CHECKING:
    from ampkeeper.firmware.station.effects import Effects
    from ampkeeper.firmware.station.evse import Evse

SOURCE = "enforcement"


class Enforcing:
    """The judgement on each car; asked by ``limiting.py`` when all other limits are known."""

    def __init__(self, rules: EnforcementRules) -> None:
        self._rules = rules
        self._cars: dict[int, tuple[str, Enforcement]] = {}

    def judge(
        self, evse: "Evse", limit_a: float, now: datetime, now_s: float, effects: "Effects"
    ) -> Entry | None:
        """Judge the newest reading; return by how much less is offered, if so."""
        if not evse.is_plugged:
            evse.drop_fault(LIMIT_IGNORED, now, effects)
        car = self._car(evse)
        if car is None:
            return None
        car.allow(limit_a, now_s)
        floor_a = least_a(evse)
        self._read(evse, car, floor_a, now, now_s, effects)
        if car.correction_a == 0.0:
            return None
        reason = f"the car took more than it was allowed, on L{car.phase}"
        detail = f"{car.correction_a:.1f} A too much"
        offered_a = car.offered_a(floor_a)
        return Entry(SOURCE, offered_a, evse.rules.phases, reason, now, detail=detail)

    def _car(self, evse: "Evse") -> Enforcement | None:
        """The judgement on the car that charges; None: none does."""
        running = evse.session.charge
        if running is None:
            self._cars.pop(evse.evse_id, None)
            return None
        known = self._cars.get(evse.evse_id)
        if known is None or known[0] != running.tx_id:
            known = self._cars[evse.evse_id] = (running.tx_id, Enforcement(self._rules))
        return known[1]

    def _read(
        self,
        evse: "Evse",
        car: Enforcement,
        floor_a: float,
        now: datetime,
        now_s: float,
        effects: "Effects",
    ) -> None:
        status, reading = evse.status, evse.register.latest()
        is_closed = status is not None and status.contactor == contactor.CLOSED
        if reading is None or not evse.register.is_fresh or not is_closed or not evse.is_let_in:
            return
        verdict = car.feed(reading.current_a, reading.taken_s, now_s, floor_a)
        if verdict == KEPT:
            return
        effects.notice(
            "limit_exceeded",
            evse_id=evse.evse_id,
            phase=car.phase,
            excess_a=round(car.excess_a, 1),
            result="stopped" if verdict == IGNORED else "offered less",
        )
        if verdict == IGNORED:
            evse.raise_fault(LIMIT_IGNORED, now, effects)
