"""Ring: the real supervisor that a plan explores, with its settings and its short times."""

from __future__ import annotations

from ampkeeper.firmware.safety.profile import WAKE_NEVER
from ampkeeper.firmware.safety.signals import NO, YES, Settings
from ampkeeper.firmware.safety.supervisor import Supervisor
from tools.explore.scale import shorten_times_of
from tools.explore.world import MAX_MA, RELAY, Plan

# Shorter than the ladder of ``scale``: a search is as wide as the product of its timers. Their
# order is that of the real ones.
SHORT = {
    "pilot_f_ms": 20,
    "permit_ms": 30,
    "ready_ms": 30,
    "pwm_gap_ms": 10,
    "stop_ms": 40,
    "reclose_ms": 50,
    "duty_blank_ms": 0,
    "switch_blank_ms": 0,
}

BORING = {"phase_gap_ms": 30, "wake_method": WAKE_NEVER, "wake_after_ms": 10}


def ring_of(plan: Plan) -> Supervisor:
    """Return a supervisor as a plan wants it; call with short times only."""
    settings = Settings()
    settings.max_ma = MAX_MA
    settings.phases = 3
    settings.has_cp_relay = YES
    settings.has_phase_relay = NO if set(RELAY) & set(plan.blind) else YES
    times = {name: value for name, value in plan.settings.items() if name.endswith("_ms")}
    for name, value in plan.settings.items():
        if name not in times:
            _put(settings, name, value)
    supervisor = Supervisor(settings)
    for name, value in (SHORT | times).items():
        if hasattr(settings, name):
            setattr(settings, name, value)
    supervisor.permit.permit_ms = settings.permit_ms
    profile = supervisor.profile
    shorten_times_of(profile)
    for name, value in (BORING | plan.profile).items():
        _put(profile, name, value)
    return supervisor


def _put(target: object, name: str, value: int) -> None:
    assert hasattr(target, name), f"{type(target).__name__} has no {name}"
    setattr(target, name, value)
