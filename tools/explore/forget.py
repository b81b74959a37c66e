"""Forget: what ring 1 still holds but will not read before it is set anew.

A timer that ran for a state that was left, or the reason of a stop that is booked, makes states
differ that no future can tell apart. Here each such value becomes one fixed value, after every
tick, and it says why nobody reads it. ``again`` goes ways with a supervisor from which nothing
is taken: were one of these read, the two would part.
"""

from __future__ import annotations

from ampkeeper.firmware.safety import contactor, guards, leakage, lock, sequence, temperature
from ampkeeper.firmware.safety.books import NO_STOP
from ampkeeper.firmware.safety.duty import Pacer
from ampkeeper.firmware.safety.fault import PE_LOST
from ampkeeper.firmware.safety.leakage import Leakage
from ampkeeper.firmware.safety.lock import Lock
from ampkeeper.firmware.safety.permit import Permit
from ampkeeper.firmware.safety.signals import (
    DUTY_F,
    DUTY_X1,
    NO,
    PERIOD_TICKS,
    REGION_US,
    UNKNOWN,
    Settings,
)
from ampkeeper.firmware.safety.supervisor import Supervisor
from tools.explore.memory import Rules
from tools.explore.scale import AGE_MS_MAX
from tools.explore.world import CALLING, Plan

FIXED = ("Settings", "Profile")  # nobody changes them while a plan runs
# Each tick sets these before anything reads them; paths that end with a dot mean all below.
UNREAD = (
    "limit.",  # begun anew in each tick
    "protection.rcd_test",
    "protection.context.is_plugged",
    "protection.context.is_open",
    "protection.context.is_closed",
    "protection.context.coil_ms",
    "protection.context.is_testable",
    "protection.context.pilot",
    "protection.context.drive",
    "protection.context.is_linked",
    "protection.context.phases",
    "protection.metered.currents_ma",
    "protection.metered.voltages_mv",
    "protection.metered.is_own",
    "protection.overcurrent.is_soft",
    "protection.overcurrent.is_fast",
    "protection.overcurrent.is_flowing",
    "protection.overcurrent.allowed_ma",
    "protection.overcurrent.soft_ma",
    "protection.voltage.is_under",
    "protection.voltage.is_over",
    "protection.voltage.is_in_band",
    "protection.voltage.is_outlet_live",
    "protection.voltage.is_outlet_dead",
    "protection.voltage.worst_mv",
    "protection.temperature.worst_dc",
    "protection.temperature.is_sensor_faulty",
    "protection.temperature.is_odd",
    "lock.is_uncharged",
)
LEAPS = (  # what asks for leaps
    "protection.temperature._before_dc",
    "protection.temperature._timers",
    "protection.temperature._odd_bits",
)
DRIVING = ("duty_ticks", "cp_connected", "coil", "lock_drive", "rcd_test")  # the world answers
COIL_MS = 20  # REQ-RCD-05
EARLY_MS = 60  # beyond ``leakage._EARLY_MS``, which only a board in America asks for
OUTLET_MS = 40  # ``supervisor._OUTLET_MS``, where the outlet has a sensor


def rules_of(ring: Supervisor, plan: Plan) -> Rules:
    """Return what the key of this plan need not hold; call with short times only."""
    settings = ring.settings
    coil_ms = COIL_MS if plan.outlet == ("none",) else OUTLET_MS
    caps = {
        "ready_ms": settings.ready_ms,
        "x1_ms": guards._X1_MS_MIN,
        "_resumed_ms": settings.pwm_gap_ms,
        "_coil_ms": EARLY_MS if settings.region == REGION_US else coil_ms,
    }
    reported = [f"outputs.{name}" for name in vars(ring.outputs) if name not in DRIVING]
    shown_dc = [plan.base.get("temperature_dc", 250), *plan.lines.get("temperature_dc", ())]
    has_leaps = max(shown_dc) - min(shown_dc) > temperature._LEAP_DC
    uncalled = ["_is_car_done"] if set(CALLING) & set(plan.blind) else []
    return Rules(
        longest_ms=AGE_MS_MAX,
        caps=caps,
        has_counts=False,
        blind=plan.blind + FIXED,
        unread=(*UNREAD, *reported, *uncalled, *(() if has_leaps else LEAPS)),
    )


def forget(ring: Supervisor) -> None:
    """Let everything that is dead now have one fixed value."""
    state = ring.sequence.state
    ring.books.stop_reason = NO_STOP  # reported; so I6 sees only what this tick books
    if state != sequence.STOPPING:
        ring.books._cause = NO_STOP  # of the stop under way
        is_back = state == sequence.CHARGING and ring._resumed_ms < ring.settings.pwm_gap_ms
        if not is_back:
            ring.stop_left_ms = 0  # set when the next stop begins
    if state != sequence.FAULTED:
        ring.f_left_ms = 0  # set by each fault
    if ring.contactor.state != contactor.OPENING:
        ring.contactor._state_ms = 0  # asked only while it opens
    ring.pilot._was_suppressed = False  # for a count
    faults = ring.faults
    if faults._pe_trips == 0 and not faults.is_raised(PE_LOST):
        faults._good_ms[PE_LOST] = 0  # there are no losses to forget
    _forget_permit(ring.permit)
    _forget_pace(ring._pacer)
    if ring.settings.is_socket:
        _forget_bolt(ring.lock)
    _forget_test(ring.protection.leakage, ring.settings)


def _forget_permit(permit: Permit) -> None:
    if permit._left_ms > 0 or permit.flags == 0:
        permit._kept_ms = 0  # set when the permit is lost; keeps flags, if there are any
    if permit.current_ma == 0:
        permit.phases = 3  # nobody asks for phases without a current


def _forget_pace(pacer: Pacer) -> None:
    is_pwm = DUTY_F < pacer.ticks < PERIOD_TICKS
    if not is_pwm and pacer._most == DUTY_X1:
        pacer._wait_ms = 0  # PWM begins at once, and sets it


def _forget_bolt(bolt: Lock) -> None:
    if bolt.state != lock.LOCKED:
        bolt._out[0] = 0  # begun anew when the bolt is in
    is_first = bolt.state == lock.UNLOCKED and bolt._tries == 0
    is_last = bolt.state in (lock.UNLOCKED, lock.JAMMED) and bolt._tries >= lock._TRIES
    if bolt.state == lock.LOCKED or is_first or is_last:
        bolt._try_ms = 0  # the next drive sets it, and nothing waits for it before


def _forget_test(monitor: Leakage, settings: Settings) -> None:
    monitor.duration_ms = 0  # reported
    if monitor.state != leakage.INJECTING:
        monitor.ac_ms = monitor.dc_ms = UNKNOWN  # reported; a test asks whether there is one yet
    monitor.ac_ms = min(monitor.ac_ms, 0)
    monitor.dc_ms = min(monitor.dc_ms, 0)
    if settings.region != REGION_US:
        monitor._calm_ms = 0  # until a trip goes by itself
    if settings.has_rcd_test == NO:
        monitor._state_ms = monitor._age_ms = 0
        monitor._timers[leakage._BY_QUIET] = 0
