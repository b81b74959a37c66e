"""Checks: what has to be proven of one EVSE before it is handed over, and how far that is. Pure.

Each check is passed, absent (this hardware has no such part), failed, or open: then it says what
there is to do. What the charger can see itself is not asked from the installer; what he enters is
held against what it sees. Nothing here can close a contactor: ring 1 runs the self-tests.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

PASSED, ABSENT, FAILED, OPEN = "passed", "absent", "failed", "open"
VOLTAGE_V_LOW, VOLTAGE_V_HIGH = 207.0, 253.0  # EN 50160: 230 V within 10 %
RIGHT_HANDED = ("RST", "STR", "TRS")  # as a rotary field meter shows them, OCPP's letters
ROTATIONS = (*RIGHT_HANDED, "RTS", "TSR", "SRT")
TYPE_A, TYPE_B = "type A", "type B"
RCDS = (TYPE_A, TYPE_B)  # before the charger, IEC 60364-7-722, 722.531.3.101
FUSE_A_MIN, FUSE_A_MAX = 6.0, 125.0
CONTACTOR, RCD_AC, RCD_DC, DC_MONITOR, EARTH, LOCK, METER = 9, 11, 13, 14, 15, 24, 30  # self-tests
OWN = (CONTACTOR, RCD_AC, RCD_DC, EARTH, LOCK, METER)
CHARGE = "plug in a car or a test adapter, charge, and stop the charge"
RUN = "run the self-tests while nothing charges"
ENTER = "enter it"


@dataclass(frozen=True, slots=True)
class Proof:
    """A self-test's newest result; ``at`` None: it never ran."""

    name: str
    result: str  # passed, failed, absent, running or not run
    at: datetime | None
    shown: str  # value and unit; may be empty


@dataclass(frozen=True, slots=True)
class Entered:
    """What the installer found with his own eyes and meters, of one EVSE."""

    meter_serial: str = ""  # as it stands on the meter; empty: it bears none
    rotation: str = ""  # empty: one phase
    fuse_a: float = 0.0
    rcd: str = ""


@dataclass(frozen=True, slots=True)
class Seen:
    """What the charger sees of one EVSE."""

    evse_id: int
    current_a_max: float  # that may be drawn, by board, configuration and seal
    phases: int
    is_socket: bool
    meter: str  # vendor, model; empty: it does not say
    meter_serial: str  # empty: it does not say
    energy_wh: int | None
    voltage_v: tuple[float | None, ...]
    is_rotation_right: bool | None  # as the meter sees it
    findings: tuple[str, ...]  # what is wrong with the meter's conductors
    faults: tuple[str, ...]
    tests: Mapping[int, Proof] = field(default_factory=dict)
    seal: str = ""  # what is sealed; empty: nothing
    must_be_sealed: bool = False


@dataclass(frozen=True, slots=True)
class Check:
    """One check; ``todo`` is what to do while it is open, or what is wrong if it failed."""

    name: str
    state: str
    shown: str = ""
    todo: str = ""


def checks(seen: Seen, entered: Entered | None, begun: datetime) -> tuple[Check, ...]:
    """All checks of one EVSE; a self-test counts only if it ran after ``begun``."""
    return (
        _fuse(seen, entered),
        _meter(seen, entered, begun),
        _voltage(seen),
        _rotation(seen, entered),
        _tested("earth", seen, (EARTH,), None, RUN),
        _rcd(seen, entered, begun),
        _tested("contactor", seen, (CONTACTOR,), begun, CHARGE),
        _lock(seen, begun),
        _others(seen),
        _faults(seen),
        _seal(seen),
    )


def unproven(found: tuple[Check, ...]) -> list[str]:
    """What stands in the way of the hand-over, in words."""
    bad = (one for one in found if one.state in (FAILED, OPEN))
    return [f"{one.name} {one.state}: {one.todo}" for one in bad]


def _fuse(seen: Seen, entered: Entered | None) -> Check:
    if entered is None:
        return Check("fuse", OPEN, todo=ENTER)
    shown = f"{entered.fuse_a:g} A, the charger draws at most {seen.current_a_max:g} A"
    if entered.fuse_a < seen.current_a_max:
        return Check("fuse", FAILED, shown, "limit the charger to what the fuse carries")
    return Check("fuse", PASSED, shown)


def _meter(seen: Seen, entered: Entered | None, begun: datetime) -> Check:
    found = _tested("meter", seen, (METER,), begun, RUN)
    if found.state == FAILED or seen.energy_wh is None:
        return Check("meter", FAILED, found.shown, "the meter gives no reading that holds")
    if entered is None:
        return Check("meter", OPEN, todo=ENTER)
    told, stands = seen.meter_serial, entered.meter_serial
    shown = f"{seen.meter} {told or 'no serial number told'}, {seen.energy_wh / 1000:g} kWh".strip()
    if told and stands.upper() != told.upper():
        text = f"it calls itself {told}, but {stands or 'nothing'} stands on it"
        return Check("meter", FAILED, shown, text)
    return Check("meter", found.state, shown, found.todo)


def _voltage(seen: Seen) -> Check:
    known = [volts for volts in seen.voltage_v[: seen.phases] if volts is not None]
    shown = " / ".join(f"{volts:.0f}" for volts in known) + " V" if known else ""
    if not known:
        return Check("voltage", ABSENT, "the meter does not tell it")
    if len(known) < seen.phases:
        return Check("voltage", FAILED, shown, f"{seen.phases} phases are wired")
    if not all(VOLTAGE_V_LOW <= volts <= VOLTAGE_V_HIGH for volts in known):
        text = f"each phase needs {VOLTAGE_V_LOW:g} to {VOLTAGE_V_HIGH:g} V"
        return Check("voltage", FAILED, shown, text)
    return Check("voltage", PASSED, shown)


def _rotation(seen: Seen, entered: Entered | None) -> Check:
    if seen.findings:
        return Check("rotation", FAILED, todo="; ".join(seen.findings))
    if seen.phases == 1:
        return Check("rotation", ABSENT, "one phase")
    if entered is None or not entered.rotation:
        return Check("rotation", OPEN, todo=ENTER)
    is_right = entered.rotation in RIGHT_HANDED
    if seen.is_rotation_right is not None and seen.is_rotation_right != is_right:
        says = "right" if seen.is_rotation_right else "left"
        text = f"the charger's meter sees a field that turns {says}"
        return Check("rotation", FAILED, entered.rotation, text)
    seen_too = "" if seen.is_rotation_right is None else ", the charger's meter agrees"
    return Check("rotation", PASSED, f"{entered.rotation}{seen_too}")


def _rcd(seen: Seen, entered: Entered | None, begun: datetime) -> Check:
    found = _tested("rcd", seen, (RCD_AC, RCD_DC), begun, RUN)
    if found.state not in (PASSED, ABSENT):
        return found
    if entered is None:
        return Check("rcd", OPEN, found.shown, ENTER)
    shown = f"{entered.rcd} before the charger" + (f", {found.shown}" if found.shown else "")
    has_monitor = any(_state(seen, number, None) != ABSENT for number in (RCD_DC, DC_MONITOR))
    if not has_monitor and entered.rcd != TYPE_B:
        text = "without a monitor of direct current in the charger it needs type B"
        return Check("rcd", FAILED, shown, text)
    return Check("rcd", PASSED, shown)


def _lock(seen: Seen, begun: datetime) -> Check:
    if not seen.is_socket:
        return Check("lock", ABSENT, "captive cable")
    return _tested("lock", seen, (LOCK,), begun, CHARGE)


def _others(seen: Seen) -> Check:
    rest = {number: one for number, one in seen.tests.items() if number not in OWN}
    failed = [one.name for one in rest.values() if one.result == FAILED]
    if failed:
        return Check("selftests", FAILED, todo=", ".join(failed))
    passed = sum(one.result == PASSED for one in rest.values())
    if not passed:
        return Check("selftests", OPEN, todo=RUN)
    return Check("selftests", PASSED, f"{passed} passed")


def _faults(seen: Seen) -> Check:
    if seen.faults:
        return Check("faults", FAILED, todo=", ".join(seen.faults))
    return Check("faults", PASSED, "none")


def _seal(seen: Seen) -> Check:
    if seen.seal:
        return Check("seal", PASSED, seen.seal)
    if seen.must_be_sealed:
        return Check("seal", OPEN, todo="seal the charger: ampkeeper seal")
    return Check("seal", ABSENT, "none is asked for")


def _tested(
    name: str, seen: Seen, numbers: tuple[int, ...], begun: datetime | None, todo: str
) -> Check:
    """By self-tests: the worst of them counts; those that there are not do not."""
    states = {number: _state(seen, number, begun) for number in numbers}
    shown = ", ".join(
        f"{seen.tests[number].name} {seen.tests[number].shown}".strip()
        for number, state in states.items()
        if state in (PASSED, FAILED)
    )
    for state in (FAILED, OPEN, PASSED):
        if state in states.values():
            bad = [seen.tests[number].name for number, own in states.items() if own == FAILED]
            return Check(name, state, shown, ", ".join(bad) or (todo if state == OPEN else ""))
    return Check(name, ABSENT)


def _state(seen: Seen, number: int, begun: datetime | None) -> str:
    test = seen.tests.get(number)
    if test is None:
        return OPEN
    if test.result in (ABSENT, FAILED):
        return test.result
    is_new = test.at is not None and (begun is None or test.at >= begun)
    return PASSED if test.result == PASSED and is_new else OPEN
