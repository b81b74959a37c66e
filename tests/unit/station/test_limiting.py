"""Whoever limits the current is asked after every event, and what he says is in the ledger."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

import pytest

from ampkeeper.firmware.faults import info_of
from ampkeeper.firmware.limits.ledger import Entry, Stale
from ampkeeper.firmware.safety import fault, limit
from ampkeeper.firmware.station.evse import Evse
from ampkeeper.firmware.vehicles import Garage, Vehicle

from .charger import Charger


class Roof:
    """A source in a test: says what it is told to, and falls silent when nobody tells it."""

    def __init__(self, rule: Stale | None = None) -> None:
        self.told_a: float | None = None
        self.heard_s: float | None = None
        self._rule = rule

    def tell(self, charger: Charger, current_a: float | None) -> None:
        self.told_a, self.heard_s = current_a, charger.now_s
        charger.do(charger.station.on_tick)

    def limits(self, evse: Evse, now: datetime, now_s: float) -> Iterator[Entry]:
        if self.told_a is not None:
            words = ("sun", self.told_a, evse.rules.phases, "surplus only", now)
            yield Entry(*words, detail=f"at {now_s}", heard_s=self.heard_s, stale=self._rule)


def roofed(rule: Stale | None = None) -> tuple[Charger, Roof]:
    charger, roof = Charger(), Roof(rule)
    charger.station.limiting.sources.append(roof)
    charger.start()
    return charger, roof


def test_what_a_source_says_holds_from_the_next_event_until_it_says_nothing():
    charger, roof = roofed()
    roof.tell(charger, 9.0)
    assert charger.evse.limit() == (9.0, "sun")
    assert charger.evse.permit().current_a == 9.0
    roof.tell(charger, None)
    assert charger.evse.limit() == (20.0, "cable")


def test_its_words_may_change_without_a_new_since():
    charger, roof = roofed()
    roof.tell(charger, 9.0)
    since = charger.now
    charger.wait(30.0)
    binding = charger.evse.ledger.binding()
    assert binding is not None
    assert (binding.since, binding.detail) == (since, f"at {charger.now_s}")


@pytest.mark.parametrize(("fallback_a", "by"), [(6.0, "sun"), (0.0, "sun"), (None, "cable")])
def test_one_that_falls_silent_is_held_and_then_falls_as_its_rule_says(
    fallback_a: float | None, by: str
):
    charger, roof = roofed(Stale(60.0, fallback_a))
    roof.tell(charger, 12.0)
    charger.step -= 10 * (charger.now - charger.now.replace(hour=0))  # a clock that is set is none
    charger.wait(59.5)
    assert charger.evse.limit() == (12.0, "sun")
    charger.wait(1.0)
    assert charger.evse.limit() == (20.0 if fallback_a is None else fallback_a, by)
    roof.tell(charger, 12.0)
    assert charger.evse.limit() == (12.0, "sun")


def test_what_ring_1_keeps_to_by_itself_is_shown_and_not_permitted_less():
    charger = Charger()
    charger.start()
    charger.draw(limit_a=16.0, limited_by=limit.BY_TEMPERATURE)
    assert charger.evse.limit() == (16.0, "temperature")
    assert charger.evse.permit().current_a == 20.0
    charger.draw(limit_a=20.0, limited_by=limit.BY_PERMIT)
    assert charger.evse.limit() == (20.0, "cable")


def test_a_board_that_knows_a_smaller_rating_is_no_reason_to_permit_nothing():
    charger = Charger()
    charger.start()
    charger.draw(limit_a=16.0, limited_by=limit.BY_BOARD, cable_a=0.0)
    assert charger.evse.limit() == (16.0, "board")
    assert charger.evse.permit().current_a == 32.0


@pytest.mark.parametrize(
    ("code", "by"),
    [
        (fault.OVER_VOLTAGE, "supply"),
        (fault.OVER_TEMPERATURE, "temperature"),
        (fault.PILOT_FAULT, "fault"),
    ],
)
def test_a_fault_of_ring_1_says_why_nothing_is_offered(code: int, by: str):
    charger = Charger()
    charger.start()
    charger.draw(faults=(code,))
    assert charger.evse.limit() == (0.0, by)
    assert charger.evse.permit().current_a == 20.0, "ring 1 keeps to it by itself"
    binding = charger.evse.ledger.binding()
    assert binding is not None
    assert info_of(code).text in binding.reason
    charger.draw()
    charger.wait(60.0)
    assert charger.evse.limit() == (20.0, "cable")


def test_a_warning_limits_nothing():
    charger = Charger()
    charger.start()
    charger.draw(faults=(fault.CONTACTOR_WORN,))
    assert charger.evse.limit() == (20.0, "cable")


def test_a_car_that_cannot_charge_with_so_little_is_said_to_be_why_nothing_flows():
    zoe = Garage(vehicles=[Vehicle(("0BCAFE01",), "zoe_gen1", {})])
    charger, roof = roofed()
    charger.station.evses[1].rules = replace(charger.evse.rules, garage=zoe)
    roof.tell(charger, 7.0)
    assert charger.evse.limit() == (0.0, "vehicle")
    binding = charger.evse.ledger.binding()
    assert binding is not None
    assert binding.reason == "this car charges with 8 A or more"
    assert binding.detail == "sun allows 7.0 A"
    roof.tell(charger, 8.0)
    assert charger.evse.limit() == (8.0, "sun")


def test_while_the_central_system_is_away_it_falls_to_what_the_owner_chose():
    charger = Charger(offline_a=6.0, offline_hold_s=60.0)
    charger.start()
    charger.wait(100.0)
    assert charger.evse.limit() == (20.0, "cable")
    charger.station.entrance.is_online = False
    charger.wait(59.0)
    assert charger.evse.limit() == (20.0, "cable")
    charger.wait(1.5)
    assert charger.evse.limit() == (6.0, "absence")
    binding = charger.evse.ledger.binding()
    assert binding is not None
    assert binding.reason == "the central system is away; silent for 60 s, falls to 6 A"
    charger.station.entrance.is_online = True
    charger.wait(0.5)
    assert charger.evse.limit() == (20.0, "cable")


def test_unless_he_did_what_it_said_last_holds_for_ever():
    charger = Charger()
    charger.start()
    charger.station.entrance.is_online = False
    charger.wait(7200.0, step_s=10.0)
    assert charger.evse.limit() == (20.0, "cable")


def test_a_station_without_a_central_system_misses_none():
    charger = Charger(has_csms=False, offline_a=0.0, offline_hold_s=10.0)
    charger.start()
    charger.station.entrance.is_online = False
    charger.wait(30.0)
    assert charger.evse.limit() == (20.0, "cable")
