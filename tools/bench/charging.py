"""One EVSE that charges at 16 A, for the rows that measure ring 1; runs on both interpreters."""

from ampkeeper.firmware.safety.permit import IN_SERVICE
from ampkeeper.firmware.safety.signals import DUTY_X1, LOCK_DRIVE, UNLOCK_DRIVE, Inputs, Settings
from ampkeeper.firmware.safety.supervisor import Supervisor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ampkeeper.firmware.safety.signals import Outputs

TICK_MS = 10
START_TICKS_MAX = 2_000
PERMIT_TICKS = 50  # a permit twice a second
CABLE_OHM = 220  # 32 A
STATE_B_MV = 9_000
STATE_C_MV = 6_000
PWM_LOW_MV = -12_000


def charging() -> "tuple[Supervisor, Inputs]":
    """A supervisor whose contactor is closed, and the inputs of a car that charges."""
    settings = Settings()
    settings.phases = 3
    supervisor = Supervisor(settings)
    inputs = Inputs()
    inputs.pp_ohm = CABLE_OHM
    for tick in range(START_TICKS_MAX):
        if tick % PERMIT_TICKS == 0:
            supervisor.permit.grant(16_000, 3, IN_SERVICE)
        outputs = supervisor.tick(TICK_MS, inputs)
        if outputs.coil:
            inputs.mirror = 1
            return supervisor, inputs
        answer(inputs, outputs)
    raise RuntimeError("the car does not charge")


def answer(inputs: Inputs, outputs: "Outputs") -> None:
    """What car, bolt and cable do about the outputs."""
    is_pwm = 0 < outputs.duty_ticks < DUTY_X1
    inputs.cp_high_mv = STATE_C_MV if is_pwm else STATE_B_MV
    inputs.cp_low_mv = PWM_LOW_MV if is_pwm else inputs.cp_high_mv
    if outputs.lock_drive == LOCK_DRIVE:
        inputs.lock_closed = 1
    elif outputs.lock_drive == UNLOCK_DRIVE:
        inputs.lock_closed = 0


class Charge:
    """A charge under way. Its methods are bound once: on MicroPython each binding allocates."""

    def __init__(self) -> None:
        self.supervisor, self.inputs = charging()
        self._tick = self.supervisor.tick
        self._grant = self.supervisor.permit.grant

    def run(self, count: int) -> None:
        """Tick ``count`` times."""
        left = 0
        for _ in range(count):
            if left == 0:
                self._grant(16_000, 3, IN_SERVICE)
                left = PERMIT_TICKS
            left -= 1
            self._tick(TICK_MS, self.inputs)
        assert self.supervisor.outputs.coil, "stopped charging while it was measured"
