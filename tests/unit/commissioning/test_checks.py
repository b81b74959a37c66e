"""What a charger has to prove before it is handed over."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ampkeeper.firmware.commissioning.checks import (
    ABSENT,
    FAILED,
    OPEN,
    PASSED,
    Entered,
    Proof,
    Seen,
    checks,
    unproven,
)

BEGUN = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)
LATER = BEGUN + timedelta(minutes=5)
NAMES = (9, 11, 13, 14, 15, 16, 24, 30)
TESTS = {number: Proof(f"test {number}", PASSED, LATER, "") for number in NAMES}
SEEN = Seen(
    evse_id=1,
    current_a_max=32.0,
    phases=3,
    is_socket=True,
    meter="Eastron SDM630",
    meter_serial="21000001",
    energy_wh=5,
    voltage_v=(230.0, 229.0, 231.0),
    is_rotation_right=None,
    findings=(),
    faults=(),
    tests=TESTS,
)
ENTERED = Entered("21000001", "RST", 32.0, "type A")


def state_of(name: str, seen: Seen = SEEN, entered: Entered | None = ENTERED) -> str:
    (found,) = (one for one in checks(seen, entered, BEGUN) if one.name == name)
    assert bool(found.todo) == (found.state in (FAILED, OPEN)), "whoever reads it knows what to do"
    return found.state


def with_test(number: int, **values: Any) -> Seen:
    return replace(SEEN, tests={**TESTS, number: replace(TESTS[number], **values)})


def test_a_charger_that_is_in_order_is_ready_and_says_so_of_each_check() -> None:
    found = checks(SEEN, ENTERED, BEGUN)
    assert unproven(found) == []
    assert {one.name: one.state for one in found if one.state != PASSED} == {"seal": ABSENT}


def test_nothing_that_the_installer_has_to_see_is_taken_for_granted() -> None:
    found = checks(SEEN, None, BEGUN)
    assert [one.name for one in found if one.state == OPEN] == ["fuse", "meter", "rotation", "rcd"]


@pytest.mark.parametrize(
    ("name", "number"),
    [("meter", 30), ("rcd", 11), ("rcd", 13), ("contactor", 9), ("lock", 24)],
)
@pytest.mark.parametrize(
    ("values", "state"),
    [
        ({"result": FAILED}, FAILED),
        ({"result": "not run", "at": None}, OPEN),
        ({"result": "running"}, OPEN),
        ({"at": BEGUN - timedelta(seconds=1)}, OPEN),
    ],
)
def test_a_self_test_counts_if_it_passed_while_the_installer_was_there(
    name: str, number: int, values: dict[str, Any], state: str
) -> None:
    assert state_of(name, with_test(number, **values)) == state


def test_a_self_test_that_nobody_knows_of_is_open() -> None:
    assert state_of("contactor", replace(SEEN, tests={})) == OPEN
    assert state_of("selftests", replace(SEEN, tests={})) == OPEN


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("voltage", {"voltage_v": (230.0, 206.9, 230.0)}),
        ("voltage", {"voltage_v": (230.0, 253.1, 230.0)}),
        ("voltage", {"voltage_v": (230.0, None, 230.0)}),
        ("meter", {"energy_wh": None}),
        ("meter", {"meter_serial": "21000002"}),
        ("rotation", {"is_rotation_right": False}),
        ("rotation", {"findings": ("L1 counts backwards",)}),
        ("fuse", {"current_a_max": 32.1}),
        ("faults", {"faults": ("PeLost",)}),
    ],
)
def test_what_the_charger_sees_itself_is_held_against_it(name: str, change: Any) -> None:
    assert state_of(name, replace(SEEN, **change)) == FAILED


def test_any_other_self_test_that_failed_stands_in_the_way() -> None:
    found = checks(with_test(16, result=FAILED), ENTERED, BEGUN)
    assert unproven(found) == ["selftests failed: test 16"]


def test_without_a_monitor_of_direct_current_only_type_b_will_do() -> None:
    none = {number: replace(TESTS[number], result=ABSENT) for number in (11, 13, 14)}
    seen = replace(SEEN, tests={**TESTS, **none})
    assert state_of("rcd", seen) == FAILED
    assert state_of("rcd", seen, replace(ENTERED, rcd="type B")) == PASSED


def test_a_rotation_that_both_see_the_same_way_passes() -> None:
    left = replace(ENTERED, rotation="RTS")
    assert state_of("rotation", replace(SEEN, is_rotation_right=False), left) == PASSED
    assert state_of("rotation", replace(SEEN, phases=1)) == ABSENT


def test_a_captive_cable_needs_no_lock_and_a_seal_only_where_it_is_asked_for() -> None:
    assert state_of("lock", replace(SEEN, is_socket=False, tests={})) == ABSENT
    assert state_of("seal", replace(SEEN, must_be_sealed=True)) == OPEN
    assert state_of("seal", replace(SEEN, must_be_sealed=True, seal="16 A, 1")) == PASSED
