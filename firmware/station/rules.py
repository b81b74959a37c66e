"""What the station was configured to do: one value, made from the configuration and settings."""

from dataclasses import dataclass, field

from ampkeeper.firmware.energy.grid_operator import GridRules
from ampkeeper.firmware.facts import StopReason
from ampkeeper.firmware.limits.enforcement import EnforcementRules
from ampkeeper.firmware.limits.ledger import CURRENT_A_MAX
from ampkeeper.firmware.limits.phase_choice import ChoiceRules
from ampkeeper.firmware.vehicles import Garage

START_S = 5.0  # from BEGIN until a charge that has not started is called suspended
END_S = 12.0  # stop sequence 6 s, then up to 5 s for the last reading, plus one poll
REMIND_S = 30.0  # for ring 1 to show, after its start, a fault that only a person clears
VERDICT_S = 30.0  # how long a card waits for the central system

# Faults that end a transaction, by catalogue name; all others only suspend it.
FAULT_REASONS = {
    "RcdAc": StopReason.GROUND_FAULT,
    "RcdDc": StopReason.GROUND_FAULT,
    "PeLost": StopReason.GROUND_FAULT,
    "EmergencyStop": StopReason.EMERGENCY_STOP,
    "OverCurrent": StopReason.OVERCURRENT_FAULT,
    "OverCurrentFast": StopReason.OVERCURRENT_FAULT,
    "LimitIgnored": StopReason.OVERCURRENT_FAULT,
    "OutletLive": StopReason.OTHER,
    "OutletDead": StopReason.OTHER,
    "BoardFailed": StopReason.OTHER,
    "Tampered": StopReason.OTHER,
    "ContactorWelded": StopReason.OTHER,
    "ContactorStuck": StopReason.OTHER,
    "DiodeFault": StopReason.OTHER,
    "ProximityFault": StopReason.OTHER,
    "LockFailed": StopReason.OTHER,
    "LockLost": StopReason.OTHER,
}


@dataclass(frozen=True, slots=True)
class EvseRules:
    """What board and installer fixed for one EVSE."""

    evse_id: int
    current_a_max: float
    phases: int
    is_socket: bool
    garage: Garage = field(default_factory=Garage)
    can_switch: bool = False  # between one phase and three
    voltage_v: float = 230.0  # nominal, line to neutral


@dataclass(frozen=True, slots=True)
class StationRules:
    """What holds for the whole station."""

    has_csms: bool
    is_free: bool
    local_tags: frozenset[str]
    same_card_stops: bool
    ends_on_power_return: bool
    keeps_samples: bool = True  # for the end of a transaction, as OCPP 1.6 tells them
    current_a_max: float | None = None  # all EVSEs together, per phase
    voltage_v: float = 230.0  # nominal, line to neutral
    grid: GridRules = field(default_factory=GridRules)
    phase_rules: ChoiceRules = field(default_factory=ChoiceRules)
    one_phase_a_max: float = CURRENT_A_MAX  # where one of three phases is used
    version: str = "2.0.1"  # of OCPP, until one was spoken
    offline_a: float | None = None  # while the central system is away; None: no such limit
    offline_hold_s: float = 300.0
    enforcement: EnforcementRules = field(default_factory=EnforcementRules)
