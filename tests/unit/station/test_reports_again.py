"""What ring 1 says again while nothing is under way: shown, and the rest is for the next tick."""

from dataclasses import fields
from typing import Any

import pytest

from ampkeeper.firmware.facts import StopReason, Trigger
from ampkeeper.firmware.safety import contactor, fault, lock, pilot, sequence
from ampkeeper.firmware.session.session import Stop
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.ring_one import MOVING
from ampkeeper.hal.ports import PilotStatus
from tests.unit.station.charger import Charger

NEWS: tuple[dict[str, Any], ...] = (
    {"pilot": pilot.E},
    {"pilot": pilot.B, "sequence": sequence.CONNECTED, "lock": lock.LOCKED},
    {"contactor": contactor.WELDED},
    {"lock": lock.LOCKED},
    {"cable_a": 20.0},
    {"limit_a": 10.0},
    {"phases": 1},
    {"faults": (fault.OVER_TEMPERATURE,)},
    {"closings": 1},
)


STOPPED = Stop(StopReason.REMOTE, Trigger.REMOTE_STOP, ends=False)


def waiting() -> Charger:
    """A charger with a limit that no event has told yet."""
    charger = Charger()
    charger.read()
    charger.report()
    charger.variables["LimitCtrlr.MaxCurrent"] = 10
    return charger


def is_settled(charger: Charger) -> bool:
    """True once the new limit is in the ledger."""
    return "ocpp" in [entry.source for entry in charger.evse.ledger.entries()]


def test_what_moves_all_the_time_is_shown_and_decides_nothing() -> None:
    charger = waiting()
    assert charger.report(high_mv=11_930, low_mv=11_920, temperature_c=31.0) == Effects()
    status = charger.evse.status
    assert status is not None
    assert (status.high_mv, status.temperature_c) == (11_930, 31.0)
    assert not is_settled(charger)
    charger.do(charger.station.on_tick)
    assert is_settled(charger)


@pytest.mark.parametrize("said", NEWS, ids=str)
def test_whatever_else_ring_1_says_is_settled_at_once(said: dict[str, Any]) -> None:
    charger = waiting()
    charger.report(**said)
    assert is_settled(charger)


def charging() -> Charger:
    """A car that draws, and a limit that no event has told yet."""
    charger = Charger()
    charger.start()
    charger.read()
    charger.variables["LimitCtrlr.MaxCurrent"] = 10
    return charger


def test_what_is_said_again_of_a_car_that_charges_decides_nothing_before_the_next_tick() -> None:
    charger = charging()
    charger.draw()
    assert not is_settled(charger)
    charger.do(charger.station.on_tick)
    assert is_settled(charger)


@pytest.mark.parametrize(
    "said",
    [
        {"pilot": pilot.B},
        {"contactor": contactor.OPEN, "is_coil_on": False},
        {"sequence": sequence.STOPPING},
        {"faults": (fault.OVER_TEMPERATURE,)},
        {"limit_a": 10.0},
        {"cable_a": 13.0},
        {"duty_ticks": 10_000},
        {"phases": 1},
    ],
    ids=str,
)
def test_whatever_else_ring_1_says_of_a_car_that_charges_is_settled_at_once(
    said: dict[str, Any],
) -> None:
    charger = charging()
    charger.draw(**said)
    assert is_settled(charger)


def test_who_stops_a_charge_waits_for_no_tick() -> None:
    charger = charging()
    running = charger.evse.transaction
    assert running is not None
    charger.do(charger.station.on_stop, running.tx_id, STOPPED)
    assert charger.evse.permit().current_a == 0
    assert is_settled(charger)


def test_until_the_contactor_is_open_every_report_of_a_stopped_charge_is_settled_at_once() -> None:
    charger = charging()
    running = charger.evse.transaction
    assert running is not None
    charger.do(charger.station.on_stop, running.tx_id, STOPPED)
    charger.variables["LimitCtrlr.MaxCurrent"] = 8
    charger.draw()
    assert [one.current_a for one in charger.evse.ledger.entries() if one.source == "ocpp"] == [8]


def test_while_somebody_is_let_in_every_report_is_settled_at_once() -> None:
    charger = Charger()
    charger.read()
    charger.report()
    charger.swipe("0BCAFE01")
    charger.variables["LimitCtrlr.MaxCurrent"] = 10
    charger.report()
    assert is_settled(charger)


def test_ring_1_that_was_silent_is_settled_at_once() -> None:
    charger = waiting()
    charger.do(charger.station.on_pilot_lost, 1)
    charger.variables["LimitCtrlr.MaxCurrent"] = 80
    charger.do(charger.station.on_tick)
    charger.variables["LimitCtrlr.MaxCurrent"] = 10
    assert "fault_cleared" in [kind for kind, _ in charger.report().notices]
    assert is_settled(charger)


def test_only_times_measurements_and_counts_of_the_line_are_left_out() -> None:
    assert {one.name for one in fields(PilotStatus)} >= set(MOVING)
    assert MOVING == ("taken_s", "uptime_ms", "high_mv", "low_mv", "temperature_c", "line")
