"""Makes rings in any state, and ticks that show them what a car would; without a world.

Runs on both interpreters.
"""

from safety_rig import settings

from ampkeeper.firmware.safety import sequence as seq
from ampkeeper.firmware.safety.lock import HELD, LOCKED
from ampkeeper.firmware.safety.permit import IN_SERVICE
from ampkeeper.firmware.safety.signals import MADE, OPEN, YES, Inputs
from ampkeeper.firmware.safety.supervisor import Supervisor
from ampkeeper.firmware.safety.units import DRIVE_PWM, DRIVE_X1

CABLE_20_A_OHM = 680


def seen(ring, level_mv):
    """Return what the pilot of this ring shows with the car at a level."""
    inputs = Inputs()
    inputs.cp_high_mv = level_mv
    inputs.cp_low_mv = -12_000 if ring.sequence.drive == DRIVE_PWM else level_mv
    inputs.pp_ohm = CABLE_20_A_OHM
    inputs.lock_closed = YES
    inputs.mirror = MADE if ring.contactor.coil else OPEN
    return inputs


def run(ring, ms, level_mv, step_ms=10, current_ma=16_000, phases=3):
    for _ in range(ms // step_ms):
        ring.permit.grant(current_ma, phases, IN_SERVICE)
        ring.tick(step_ms, seen(ring, level_mv))
    return ring


def plugged(state=seq.CONNECTED, drive=DRIVE_X1, level_mv=9_000, **changes):
    """Make a ring under a car, its bolt in and its cable read."""
    ring = Supervisor(settings(**changes))
    run(ring, 50, 12_000, current_ma=0)
    run(ring, 1_000, level_mv, current_ma=0)
    ring.lock.state = LOCKED
    ring.phases.relay = 3
    ring.sequence.state, ring.sequence.drive, ring.sequence.lock = state, drive, HELD
    return ring
