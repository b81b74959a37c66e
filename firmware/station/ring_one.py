"""What a report of ring 1 means to a session. Pure."""

from dataclasses import fields
from operator import attrgetter
from typing import TYPE_CHECKING

from ampkeeper.firmware.config.model import US, Protection
from ampkeeper.firmware.config.model import Evse as EvseConfig
from ampkeeper.firmware.limits.ledger import CURRENT_A_MIN
from ampkeeper.firmware.safety import contactor, lock, pilot, sequence
from ampkeeper.firmware.safety.profile import Profile
from ampkeeper.firmware.safety.signals import REGION_EU, REGION_US, Settings
from ampkeeper.firmware.session import table
from ampkeeper.firmware.session.session import Transaction
from ampkeeper.firmware.station.rules import EvseRules
from ampkeeper.hal.ports import PilotStatus

if TYPE_CHECKING:
    from ampkeeper.firmware.station.evse import Evse

PLUGGED_CLASSES = (pilot.B, pilot.C, pilot.D)
# What moves all the time; people are shown it, and nothing is decided by it.
MOVING = ("taken_s", "uptime_ms", "high_mv", "low_mv", "temperature_c", "line")
said = attrgetter(*(one.name for one in fields(PilotStatus) if one.name not in MOVING))
LIVE = (sequence.OFFERED, sequence.CHARGING, sequence.STOPPING)  # it may close, or has closed


def is_open(status: PilotStatus) -> bool:
    """The contactor is proven open and stays so, or is broken and nothing more will come.

    While ring 1 still offers, the permit's withdrawal has not reached it: it may yet close.
    """
    is_released = not status.is_coil_on and status.contactor != contactor.OPENING
    return is_released and status.sequence not in LIVE


def is_held(status: PilotStatus | None) -> bool:
    """The plug cannot be pulled by anybody, or nothing here is there to hold it."""
    return status is not None and status.lock in lock.READY


def flow_event(status: PilotStatus) -> int:
    """What ring 1 makes of the permit, as an event of the session table."""
    if status.sequence == sequence.CHARGING and status.contactor == contactor.CLOSED:
        return table.DRAW
    if status.sequence == sequence.OFFERED and status.pilot == pilot.B:
        return table.OFFER
    return table.HOLD


def profile_of(rules: EvseRules, transaction: Transaction | None) -> Profile:
    """What the car needs that charges here; ring 1 forgets it when the car leaves."""
    token = transaction.token if transaction is not None else None
    return rules.garage.of(token.value if token is not None else None)


def least_a(evse: "Evse") -> float:
    """The least per phase that the car here can use, 6 A or more; with less it pauses."""
    return max(CURRENT_A_MIN, profile_of(evse.rules, evse.session.charge).min_ma / 1_000)


def needs(evse: "Evse") -> str:
    """In words, what the car here needs at least; "" where that is no more than any car does."""
    usable_a = least_a(evse)
    return f"this car charges with {usable_a:g} A or more" if usable_a > CURRENT_A_MIN else ""


def and_needs(evse: "Evse", detail: str, current_a: float) -> str:
    """``detail`` of a limit, and what the car needs where that is why it has nothing."""
    words = needs(evse) if current_a < least_a(evse) else ""
    return "; ".join(part for part in (detail, words) if part)


def settings_of(evse: EvseConfig, protection: Protection) -> Settings:
    """What the configuration tells ring 1 about one EVSE; the board adds what it has."""
    settings = Settings()
    settings.max_ma = round(evse.max_a * 1_000)
    settings.phases = evse.phases
    settings.is_socket = int(evse.socket)
    settings.has_ventilation = int(evse.ventilation)
    settings.region = REGION_US if protection.region == US else REGION_EU
    settings.voltage_nominal_mv = round(protection.voltage_v * 1_000)
    settings.simplified_ma = round(protection.simplified_a * 1_000)
    settings.is_stepping_down_at_once = int(protection.step_down_at_once is True)
    return settings
