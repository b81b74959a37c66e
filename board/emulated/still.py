"""Still: whether anything moves round an EVSE and in its ring 1, and time that is leapt over.

Still is what two looks a moment apart find unchanged but for the counters named here, which only
say how long something has been so. A leap does to them what the steps would have done, and adds
the energy exactly. All others would have to be stepped: then there is no leap.
"""

from typing import TYPE_CHECKING, Any

from ampkeeper.board.emulated.draw import FULL_PERMILLE, TAPER_PERMILLE
from ampkeeper.board.emulated.plant import UW_MS_PER_MWH
from ampkeeper.board.emulated.snapshot import moved, snapshot
from ampkeeper.firmware.safety import leakage
from ampkeeper.firmware.safety.fault import PE_LOST
from ampkeeper.firmware.safety.lock import IN_MOTION
from ampkeeper.firmware.safety.signals import NO

if TYPE_CHECKING:
    from ampkeeper.board.emulated.ring import Ring
    from ampkeeper.board.emulated.world import EvseWorld
    from ampkeeper.firmware.safety.supervisor import Supervisor

RCD_TEST_MS = 86_400_000  # REQ-RCD-03: the age at which a test of the monitor is due again
FOR_EVER_MS = 1 << 40
PASS_MS = 1_000  # after which all is settled again
HELD_MS = 1_500  # a reading that was the same for longer counts, in every debounce but the pilot's

# Of ring 1: how long something has been so. Its own ticks cap them.
COUNTERS = (
    "_coil_ms",
    "x1_ms",
    "phases._x1_ms",
    "protection.leakage._age_ms",
    "protection.leakage._calm_ms",
    "protection.leakage._state_ms",
    "faults._good_ms.11",
)
# Of ring 1: run down, and change nothing before they are at their end.
FALLING = (
    "reclose_left_ms",
    "offer_left_ms",
    "boot_left_ms",
    "stop_left_ms",
    "f_left_ms",
    "_pacer._wait_ms",
    "wake._left_ms",
)
TRY = "_try_ms"
LOCK_TRY = f"lock.{TRY}"  # runs up, to nothing but another try
LOCK_TRY_MS = 5_000
QUIET = "protection.leakage._timers.0"
SECONDS = "protection.selftests._now_s"
# Of ring 1: go round and round by themselves, or are renewed from outside again and again.
ROUND = frozenset(
    (
        "permit._left_ms",
        "protection._rounds._high",
        "protection._rounds._low",
        "protection._rounds._number",
        "protection._rounds._value",
        "protection.context.coil_ms",  # a copy
        "protection.context.reclose_left_ms",  # another
        "protection.metered._station_ms",
        "protection.metered.readings",
        "protection.selftests._now_ms",
        "protection.temperature._timers.2",
        SECONDS,
    )
)
STANDING = frozenset(COUNTERS + FALLING)
# Of the world: energy.
ENERGY = frozenset(
    (
        "car._charged_uw_ms",
        "car.battery_mwh",
        "register.energy_mwh",
        "register.rest_uw_ms",
    )
)

Look = tuple[dict[str, Any], dict[str, Any]]
Timers = tuple[tuple[object, str], ...]


def look(ring: "Ring") -> Look:
    """Everything there is now, to be compared with later."""
    return snapshot(ring.board.supervisor), snapshot(ring.evse)


def is_still(ring: "Ring", before: Look, after: Look) -> bool:
    """True if nothing moved between two looks, and nothing is about to."""
    evse = ring.evse
    if not evse.noise.is_quiet or evse.causes.pilot_link != "ok" or evse.causes.meter_lag_s:
        return False
    if ring.machine.flasher is not None or ring.machine.board.is_leaving:
        return False
    protection = ring.board.supervisor.protection
    is_due = protection.leakage.state == leakage.DUE and protection.context.is_testable
    if is_due or protection.leakage.is_running():
        return False
    pilot, temperature = ring.board.supervisor.pilot, protection.temperature
    if pilot.raw != pilot.state or temperature._cooler.value != NO:
        return False
    ring_1, world = after
    if moved(before[1], world) - ENERGY:
        return False
    changed = moved(before[0], ring_1) - ROUND - STANDING
    if LOCK_TRY in changed and ring.board.supervisor.lock.state not in IN_MOTION:
        changed.remove(LOCK_TRY)
    return not {name for name in changed if not _is_held(name, ring_1)}


def _is_held(name: str, ring_1: dict[str, Any]) -> bool:
    """True for the time that a reading has been the same, once that changes nothing any more."""
    if name == QUIET:
        return bool(ring_1[name] >= HELD_MS)
    part, _, last = name.rpartition(".")
    return last in ("blocks", "held_ms") and ring_1[f"{part}.held_ms"] >= HELD_MS


def timers(ring: "Ring", before: Look, after: Look) -> Timers:
    """Those of ring 1 that run, with the object that has them; others stand as they are."""
    changed = moved(before[0], after[0])
    ring_1 = ring.board.supervisor
    parts = {"": ring_1, "_pacer": ring_1._pacer, "wake": ring_1.wake, "lock": ring_1.lock}
    names = (one.rpartition(".") for one in (*FALLING, LOCK_TRY) if one in changed)
    return tuple((parts[part], name) for part, _, name in names)


def still_ms(ring: "Ring", running: Timers) -> int:
    """For how long it stays so, at most, if nobody interferes."""
    age_ms = ring.board.supervisor.protection.leakage._age_ms
    left_ms = RCD_TEST_MS - age_ms if age_ms < RCD_TEST_MS else FOR_EVER_MS
    timers_ms = (_left_ms(part, name) for part, name in running)
    return min(left_ms, _charge_ms(ring.evse), *(one or FOR_EVER_MS for one in timers_ms))


def _left_ms(part: object, name: str) -> int:
    """Of a timer; 0: it is at its end."""
    value: int = getattr(part, name)
    return LOCK_TRY_MS - value if name == TRY else value


def leap(ring: "Ring", elapsed_ms: int, running: Timers) -> None:
    """Let time pass in which nothing moves."""
    _leap_timers(running, elapsed_ms)
    _leap_energy(ring.evse, elapsed_ms)
    _leap_counters(ring.board.supervisor, elapsed_ms)


def step(ring: "Ring", elapsed_ms: int) -> None:
    """Step world and ring 1 while the line stands.

    What the station renews again and again, it would have renewed.
    """
    ring_1 = ring.board.supervisor
    if ring_1.permit._left_ms:
        ring_1.permit._left_ms = ring_1.permit.permit_ms
    station_ms = ring_1.protection.metered._station_ms
    ring.step_alone(elapsed_ms)
    ring_1.protection.metered._station_ms = station_ms


def can_pass(ring: "Ring") -> bool:
    """True if what was waited for is of no account: less current, or a timer at its end."""
    car, protection = ring.evse.car, ring.board.supervisor.protection
    is_full = car.battery_mwh // car.capacity_wh >= FULL_PERMILLE
    is_old = protection.leakage._age_ms >= RCD_TEST_MS - PASS_MS
    is_test_due = is_old and protection.context.is_testable
    is_ending = is_full and sum(ring.evse.power_uw) > 0
    return not is_test_due and not is_ending


def _leap_energy(evse: "EvseWorld", elapsed_ms: int) -> None:
    power_uw = sum(evse.power_uw)
    if power_uw:
        evse.register.add(power_uw, elapsed_ms)
        evse.car.store(power_uw, elapsed_ms)


def _leap_counters(ring_1: "Supervisor", elapsed_ms: int) -> None:
    selftests = ring_1.protection.selftests
    seconds, selftests._now_ms = divmod(selftests._now_ms + elapsed_ms, 1_000)
    selftests._now_s += seconds
    ring_1._coil_ms += elapsed_ms
    if ring_1.x1_ms:
        ring_1.x1_ms += elapsed_ms
        ring_1.phases._x1_ms += elapsed_ms
    monitor = ring_1.protection.leakage
    assert monitor.state != leakage.INJECTING, "a test that runs is not still"
    monitor._age_ms = min(monitor._age_ms + elapsed_ms, RCD_TEST_MS)
    monitor._state_ms = min(monitor._state_ms + elapsed_ms, RCD_TEST_MS)
    monitor._calm_ms = min(monitor._calm_ms + elapsed_ms, RCD_TEST_MS)
    if ring_1.faults._good_ms[PE_LOST] and not ring_1.faults.is_raised(PE_LOST):
        ring_1.faults._good_ms[PE_LOST] += elapsed_ms


def _leap_timers(running: Timers, elapsed_ms: int) -> None:
    for part, name in running:
        left_ms = max(0, _left_ms(part, name) - elapsed_ms)
        setattr(part, name, LOCK_TRY_MS - left_ms if name == TRY else left_ms)


def _charge_ms(evse: "EvseWorld") -> int:
    """Until the car's battery is so full that its current changes."""
    power_uw = sum(evse.power_uw)
    if not power_uw:
        return FOR_EVER_MS
    car = evse.car
    permille = car.battery_mwh // car.capacity_wh
    next_permille = min(FULL_PERMILLE, max(TAPER_PERMILLE, permille + 1))
    left_mwh = next_permille * car.capacity_wh - car.battery_mwh
    return max(0, left_mwh * UW_MS_PER_MWH - car._charged_uw_ms) // power_uw
