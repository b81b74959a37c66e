"""Reported: what the configuration and the hardware make OCPP say of the station."""

from collections.abc import Mapping

from ampkeeper.firmware import __version__
from ampkeeper.firmware.config.model import END, Config
from ampkeeper.firmware.config.model_phases import NEVER
from ampkeeper.firmware.ocpp.variables import EvseHardware, Hardware
from ampkeeper.hal.ports import Meter, Pilot, SigningMeter


def identity_of(config: Config, version: str) -> dict[str, str]:
    """As BootNotification has it; ``version`` is that of an update, or empty."""
    station = config.station
    return {
        "vendor": station.vendor,
        "model": station.model,
        "serial": station.serial,
        "firmware_version": version or station.firmware_version or __version__,
        "meter_serial": "",
        "meter_type": "",
    }


def hardware_of(
    config: Config, pilots: Mapping[int, Pilot], meters: Mapping[int, Meter], has_reader: bool
) -> Hardware:
    """What the settings report and nobody can change."""
    evses = tuple(
        EvseHardware(
            each.id,
            each.phases,
            each.max_a,
            each.socket,
            is_signing(meters.get(each.id)),
            can_switch(config, pilots.get(each.id)),
        )
        for each in config.evse
    )
    can_resume = config.session.on_power_return != END
    return Hardware(evses, config.ocpp.id, config.ocpp.security_profile, has_reader, can_resume)


def can_switch(config: Config, pilot: Pilot | None) -> bool:
    """True where the board switches phases, and the owner lets it."""
    is_allowed = config.phases.switching != NEVER
    return is_allowed and pilot is not None and pilot.can_switch_phases


def is_signing(meter: Meter | None) -> bool:
    """True for a meter that signs the begin and the end of a transaction."""
    return isinstance(meter, SigningMeter)
