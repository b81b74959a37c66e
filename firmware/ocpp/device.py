"""This station's device model for OCPP 2.x: made from ``declared/``, with the values of now.

Controllers stand on the station's tier; of a component that each EVSE has there is one on each
EVSE, and of one that each connector has, one on connector 1 of each EVSE. A part that is not
there, and a phase that is not wired, have no variables.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from ampkeeper.firmware.device_model.condition import PROVIDERS
from ampkeeper.firmware.device_model.model import DeviceModel
from ampkeeper.firmware.device_model.variable import (
    ACTUAL,
    MAX_SET,
    Attribute,
    Characteristics,
    Component,
    Variable,
)
from ampkeeper.firmware.facts import ConnectorState
from ampkeeper.firmware.ocpp.declared import SETTINGS
from ampkeeper.firmware.ocpp.declared.network import COMPONENT as NETWORK_COMPONENT
from ampkeeper.firmware.ocpp.declared.network import TRANSPORT
from ampkeeper.firmware.ocpp.declared.network import VERSIONS as OCPP_VERSIONS
from ampkeeper.firmware.ocpp.dialect import StationPort
from ampkeeper.firmware.ocpp.ports.network import NetworkProfile
from ampkeeper.firmware.ocpp.samples import exact_text
from ampkeeper.firmware.ocpp.setting import (
    CONNECTOR_TIER,
    Access,
    Kind,
    Origin,
    Role,
    Setting,
    Value,
    text_of,
)
from ampkeeper.firmware.ocpp.system import MAIN, SLOTS_MAX
from ampkeeper.firmware.ocpp.variables import by_name
from ampkeeper.firmware.ocpp.wire import timestamp

CONNECTOR_ID = 1  # an EVSE of ours has one connector
SIGNS, SIGNED = "SampledDataCtrlr.SignReadings", "DataSigned"
SIGNS_OF, PHASES_OF = "FiscalMetering@{}.SignsReadings", "EVSE@{}.SupplyPhases"
MODELS_KEPT = 8  # a station has one; a process with many has as many as kinds of them
LISTS = (Kind.OPTION, Kind.MEMBERS, Kind.SEQUENCE)
PHASES_BY_NAME = {"L1": 1, "L2": 2, "L3": 3}
AVAILABILITY = {
    ConnectorState.AVAILABLE: "Available",
    ConnectorState.RESERVED: "Reserved",
    ConnectorState.UNAVAILABLE: "Unavailable",
    ConnectorState.FAULTED: "Faulted",
}  # whatever else it does, it is occupied

ValueOf = Callable[[str], Value]  # of a setting, by its name here
Provide = Callable[[StationPort, int], Any]  # of an EVSE, or of the station (0)


def model_of(evse_ids: Iterable[int], value: ValueOf) -> DeviceModel:
    """Everything there is; ``value`` tells what a setting is in force with.

    Made once of the same facts, however many ask: nothing in it changes.
    """
    numbers = tuple(evse_ids)
    return _model(numbers, tuple((name, value(name)) for name in _rests_on(numbers)))


@lru_cache(MODELS_KEPT)
def _model(numbers: tuple[int, ...], facts: tuple[tuple[str, Value], ...]) -> DeviceModel:
    value = dict(facts).__getitem__
    is_signing = any(value(SIGNS_OF.format(number)) for number in numbers)
    return DeviceModel(
        _variable(setting, evse_id, value)
        for setting in (SETTINGS if is_signing else map(_unsigned, SETTINGS))
        if setting.is_2x and (is_signing or setting.name != SIGNS)
        for evse_id in (numbers if setting.is_per_evse else (None,))
        if _is_there(setting, evse_id, value)
    )


@lru_cache(MODELS_KEPT)
def _rests_on(numbers: tuple[int, ...]) -> tuple[str, ...]:
    """The settings that decide what there is, and how much a value may be."""
    names = dict.fromkeys(SIGNS_OF.format(number) for number in numbers)
    names |= dict.fromkeys(PHASES_OF.format(number) for number in numbers)
    for setting in SETTINGS:
        for evse_id in numbers if setting.is_per_evse else (None,):
            here = "" if evse_id is None else f"@{evse_id}"
            available = by_name(f"{setting.component}{here}.Available")
            if available is not None and available.origin is Origin.HARDWARE:
                names[f"{setting.component}{here}.Available"] = None
            if setting.role is Role.MAX_LIMIT:
                names[f"{setting.component}{here}.{setting.variable}"] = None
    return tuple(names)


def value_text(variable: Variable, kind: str, station: StationPort) -> str:
    """The value of an attribute now, as OCPP writes it; empty where it is not known."""
    setting = setting_of(variable)
    if kind != ACTUAL or not setting.is_live:
        return text_of(station.variable(variable.known_as))
    provide = LIVE.get(setting.name)
    evse_id = variable.component.evse_id or 0
    if provide is not None:
        value = provide(station, evse_id)
    else:
        value = PROVIDERS[setting.name](station.device.condition(evse_id))
    if value is None:
        return ""
    if isinstance(value, bool | str | int):
        return text_of(value)
    return exact_text(value, setting.unit) or ""


def setting_of(variable: Variable) -> Setting:
    """The declaration of a variable of ``model_of``."""
    setting = by_name(variable.known_as)
    assert setting is not None, f"{variable.known_as} is declared"
    return setting


def _is_there(setting: Setting, evse_id: int | None, value: ValueOf) -> bool:
    """False for the variables of what the hardware does not have."""
    here = "" if evse_id is None else f"@{evse_id}"
    available = by_name(f"{setting.component}{here}.Available")
    if available is not None and available.origin is Origin.HARDWARE:
        return bool(value(f"{setting.component}{here}.Available"))
    phase = PHASES_BY_NAME.get(_split(setting.variable)[1], 0)
    return phase <= 1 or phase <= int(str(value(PHASES_OF.format(evse_id))))


def _unsigned(setting: Setting) -> Setting:
    """A declaration as it is where no meter signs."""
    if SIGNED not in setting.allowed:
        return setting
    return replace(setting, allowed=tuple(one for one in setting.allowed if one != SIGNED))


def _variable(setting: Setting, evse_id: int | None, value: ValueOf) -> Variable:
    component, instance = _split(setting.component)
    name, variable_instance = _split(setting.variable)
    connector_id = CONNECTOR_ID if setting.component in CONNECTOR_TIER else None
    here = "" if evse_id is None else f"@{evse_id}"
    known_as = f"{setting.component}{here}.{setting.variable}"
    return Variable(
        Component(component, instance, evse_id, connector_id),
        name,
        variable_instance,
        known_as,
        tuple(_attributes(setting)),
        _characteristics(setting, known_as, value),
    )


def _attributes(setting: Setting) -> Iterator[Attribute]:
    access = setting.access.value
    is_kept = not setting.is_live
    yield Attribute(ACTUAL, access, is_kept, is_kept and setting.origin is Origin.FIXED)
    if setting.role is Role.MAX_SET:
        yield Attribute(MAX_SET, Access.READ_ONLY.value, is_persistent=True, is_constant=True)


def _characteristics(setting: Setting, known_as: str, value: ValueOf) -> Characteristics:
    lowest: float | None = setting.lowest if setting.kind in (Kind.INTEGER, Kind.DECIMAL) else None
    highest: float | None = setting.highest
    if setting.role is Role.MAX_LIMIT:
        limit = value(known_as)
        assert isinstance(limit, int | float), f"{known_as} is a number"
        highest = limit
    allowed = setting.allowed
    if setting.kind in LISTS and not allowed and isinstance(setting.default, tuple):
        allowed = setting.default  # a fact of this firmware: nothing else is possible
    return Characteristics(
        setting.kind.value, setting.unit, lowest, highest, allowed, can_be_monitored=True
    )


def _availability(station: StationPort, evse_id: int) -> str:
    return AVAILABILITY.get(station.report(evse_id).state, "Occupied")


def _told(name: str) -> Provide:
    return lambda station, evse_id: station.identity().get(name, "")


def _split(text: str) -> tuple[str, str]:
    name, _, rest = text.partition("[")
    return name, rest.removesuffix("]")


def _network(slot: int, tell: Callable[[NetworkProfile], Any]) -> Provide:
    """Of the system in a slot; nothing is known of an empty one."""

    def provide(station: StationPort, evse_id: int) -> Any:
        found = station.networks.profile(slot)
        return None if found is None else tell(found)

    return provide


NETWORK_TELLS: Mapping[str, Callable[[NetworkProfile], Any]] = {
    "OcppCsmsUrl": lambda found: found.url,
    "Identity": lambda found: found.id,
    "OcppVersion": lambda found: OCPP_VERSIONS[found.versions[0]],
    "OcppTransport": lambda found: TRANSPORT,
    "OcppInterface": lambda found: found.interface,
    "SecurityProfile": lambda found: found.security_profile,
    "MessageTimeout": lambda found: found.message_timeout_s,
}
LIVE: Mapping[str, Provide] = {
    "OCPPCommCtrlr.ActiveNetworkProfile": lambda station, evse_id: station.networks.active(),
    "ChargingStation.AvailabilityState": _availability,
    "EVSE.AvailabilityState": _availability,
    "Connector.AvailabilityState": _availability,
    "ChargingStation.Model": _told("model"),
    "ChargingStation.VendorName": _told("vendor"),
    "ChargingStation.SerialNumber": _told("serial"),
    "Controller.FirmwareVersion": _told("firmware_version"),
    "TariffCostCtrlr.Problem": lambda station, evse_id: station.tariffs.has_problem(),
    "ClockCtrlr.DateTime": lambda station, evse_id: timestamp(station.now()),
    "DisplayMessageCtrlr.DisplayMessages": lambda station, evse_id: len(station.display.messages()),
    "LocalAuthListCtrlr.Entries": lambda station, evse_id: station.device.listed(),
    "SecurityCtrlr.CertificateEntries": lambda station, evse_id: station.device.certificates(),
    "MonitoringCtrlr.ActiveMonitoringBase": lambda station, evse_id: station.monitors.base(),
    "MonitoringCtrlr.ActiveMonitoringLevel": lambda station, evse_id: station.monitors.level(),
    "SmartChargingCtrlr.Entries[ChargingProfiles]": (
        lambda station, evse_id: len(station.profiles())
    ),
    **{
        f"{NETWORK_COMPONENT}[{slot}].{name}": _network(slot, tell)
        for slot in range(MAIN, SLOTS_MAX + 1)
        for name, tell in NETWORK_TELLS.items()
    },
}
