"""Device model on the wire: components and variables as 2.0.1 spells them, both ways."""

from ampkeeper.firmware.device_model.model import Wish
from ampkeeper.firmware.device_model.variable import (
    ACTUAL,
    WRITE_ONLY,
    Attribute,
    Characteristics,
    Component,
    Variable,
)
from ampkeeper.firmware.ocpp.device import value_text
from ampkeeper.firmware.ocpp.dialect import Payload, StationPort

VALUE_CHARS_MAX = 2500  # VariableAttributeType.value, GetVariableResultType.attributeValue


def component_of(payload: Payload) -> Component:
    """ComponentType; an empty instance is none (B06.FR.15)."""
    evse = payload.get("evse") or {}
    evse_id, connector_id = evse.get("id"), evse.get("connectorId")
    return Component(payload["name"], payload.get("instance") or "", evse_id, connector_id)


def wish_of(payload: Payload) -> Wish:
    """ComponentVariableType (B08.FR.20 to 25)."""
    variable = payload.get("variable") or {}
    instance = variable.get("instance") or ""
    return Wish(component_of(payload["component"]), variable.get("name"), instance)


def place_of(variable: Variable) -> Payload:
    """Its component and variable, as every message names them."""
    return {
        "component": _component(variable.component),
        "variable": _named(variable.name, variable.instance),
    }


def describe(variable: Variable, station: StationPort) -> Payload:
    """ReportDataType: where it is, its attributes with their values, and what it may be."""
    return place_of(variable) | {
        "variableAttribute": [
            _attribute(variable, attribute, station) for attribute in variable.attributes
        ],
        "variableCharacteristics": _characteristics(variable.characteristics),
    }


def attribute_text(variable: Variable, kind: str, station: StationPort) -> str:
    """The value of an attribute now, cut to what a message may carry."""
    return value_text(variable, kind, station)[:VALUE_CHARS_MAX]


def _attribute(variable: Variable, attribute: Attribute, station: StationPort) -> Payload:
    made: Payload = {
        "type": attribute.kind,
        "mutability": attribute.access,
        "persistent": attribute.is_persistent,
        "constant": attribute.is_constant,
    }
    if attribute.access != WRITE_ONLY:
        made["value"] = attribute_text(variable, attribute.kind, station)
    return made


def _characteristics(given: Characteristics) -> Payload:
    made: Payload = {"dataType": given.kind, "supportsMonitoring": given.can_be_monitored}
    if given.unit:
        made["unit"] = given.unit
    if given.lowest is not None:
        made["minLimit"] = given.lowest
    if given.highest is not None:
        made["maxLimit"] = given.highest
    if given.allowed:
        made["valuesList"] = ",".join(given.allowed)
    return made


def _named(name: str, instance: str) -> Payload:
    return {"name": name, "instance": instance} if instance else {"name": name}


def _component(component: Component) -> Payload:
    made = _named(component.name, component.instance)
    if component.evse_id is not None:
        made["evse"] = {"id": component.evse_id}
        if component.connector_id is not None:
            made["evse"]["connectorId"] = component.connector_id
    return made


def attribute_asked(item: Payload) -> str:
    """The attribute that an item is about (B05.FR.12, B06.FR.11)."""
    return str(item.get("attributeType", ACTUAL))
