"""The device model: components and variables as 2.0.1 names them, and their values now.

Controllers stand on the station's tier; component EVSE on its EVSE's, Connector on connector 1
of it. Every variable has the attribute Actual and no other.
"""

from collections.abc import Iterator
from dataclasses import dataclass

from ampkeeper.firmware.ocpp.dialect import Payload, StationPort
from ampkeeper.firmware.ocpp.samples import exact_text
from ampkeeper.firmware.ocpp.setting import Access, Kind, Origin, Setting, text_of
from ampkeeper.firmware.ocpp.v201.messages import CONNECTOR_ID
from ampkeeper.firmware.ocpp.v201.names import CONNECTOR_STATUS
from ampkeeper.firmware.ocpp.variables import SETTINGS
from ampkeeper.firmware.ocpp.wire import timestamp

SETTINGS_2X = tuple(setting for setting in SETTINGS if setting.is_2x)
COMPONENTS = frozenset(setting.component.casefold() for setting in SETTINGS_2X)
BY_NAME = {setting.name.casefold(): setting for setting in SETTINGS_2X}


@dataclass(frozen=True, slots=True)
class Place:
    """One variable of one component; ``evse_id`` None on the station's tier."""

    setting: Setting
    evse_id: int | None = None

    @property
    def name(self) -> str:
        """The name that the station knows it by: "EVSE@1.Power"."""
        if self.evse_id is None:
            return self.setting.name
        return f"{self.setting.component}@{self.evse_id}.{self.setting.variable}"


def find(component: Payload, variable: Payload, evse_ids: tuple[int, ...]) -> Place | str:
    """The variable that a request means, or the status that says why there is none."""
    component_name = _with_instance(component).casefold()
    if component_name not in COMPONENTS or not _is_on_tier(component, component_name, evse_ids):
        return "UnknownComponent"
    setting = BY_NAME.get(f"{component_name}.{_with_instance(variable).casefold()}")
    if setting is None:
        return "UnknownVariable"
    return Place(setting, int(component["evse"]["id"]) if setting.is_per_evse else None)


def places(evse_ids: tuple[int, ...]) -> Iterator[Place]:
    """Everything there is, in the order of declaration."""
    for setting in SETTINGS_2X:
        if setting.is_per_evse:
            yield from (Place(setting, evse_id) for evse_id in evse_ids)
        else:
            yield Place(setting)


def value_text(place: Place, station: StationPort) -> str:
    """The value now, as OCPP writes it; empty where it is not known."""
    if place.setting.origin is not Origin.LIVE:
        return text_of(station.variable(place.name))
    match place.setting.variable:
        case "DateTime":
            return timestamp(station.now())
        case "AvailabilityState":
            return CONNECTOR_STATUS[station.report(place.evse_id or 0).state]
        case "Model":
            return station.identity().get("model", "")
        case "VendorName":
            return station.identity().get("vendor", "")
        case _:
            return _power_text(place, station)


def describe(place: Place, station: StationPort) -> Payload:
    """ReportDataType: where it is, its value, and what it may be."""
    setting = place.setting
    attribute: Payload = {
        "type": "Actual",
        "mutability": setting.access.value,
        "persistent": setting.origin is not Origin.LIVE,
        "constant": setting.origin is Origin.FIXED,
    }
    if setting.access is not Access.WRITE_ONLY:
        attribute["value"] = value_text(place, station)
    return {
        "component": _component(place),
        "variable": _named(setting.variable),
        "variableAttribute": [attribute],
        "variableCharacteristics": _characteristics(place, station),
    }


def _characteristics(place: Place, station: StationPort) -> Payload:
    setting = place.setting
    made: Payload = {"dataType": setting.kind.value, "supportsMonitoring": False}
    if setting.unit:
        made["unit"] = setting.unit
    if setting.lowest is not None and setting.kind is Kind.INTEGER:
        made["minLimit"] = setting.lowest
    if setting.highest is not None:
        made["maxLimit"] = setting.highest
    if setting.name == "EVSE.Power":
        made["maxLimit"] = station.variable(place.name)  # required of it, unlike its value
    if setting.allowed:
        made["valuesList"] = ",".join(setting.allowed)
    return made


def _power_text(place: Place, station: StationPort) -> str:
    stamped = station.last_reading(place.evse_id or 0)
    power_w = None if stamped is None else stamped.reading.power_w
    return "" if power_w is None else exact_text(power_w, "W") or ""


def _is_on_tier(component: Payload, name: str, evse_ids: tuple[int, ...]) -> bool:
    evse = component.get("evse")
    if name not in ("evse", "connector"):
        return evse is None
    if evse is None or evse["id"] not in evse_ids:
        return False
    return bool(evse.get("connectorId") == (CONNECTOR_ID if name == "connector" else None))


def _with_instance(part: Payload) -> str:
    """An empty instance is none (B06.FR.15)."""
    instance = part.get("instance")
    return f"{part['name']}[{instance}]" if instance else str(part["name"])


def _named(text: str) -> Payload:
    name, _, rest = text.partition("[")
    return {"name": name, "instance": rest.removesuffix("]")} if rest else {"name": name}


def _component(place: Place) -> Payload:
    component = _named(place.setting.component)
    if place.evse_id is not None:
        component["evse"] = {"id": place.evse_id}
        if place.setting.component == "Connector":
            component["evse"]["connectorId"] = CONNECTOR_ID
    return component
