"""Variables asked for, set and reported: use cases B05 to B08."""

import json
from collections.abc import Callable, Iterator
from functools import cached_property

from ampkeeper.firmware.device_model.model import DeviceModel
from ampkeeper.firmware.device_model.reports import BASES, CRITERIA, custom, inventory
from ampkeeper.firmware.device_model.variable import ACTUAL, READ_ONLY, WRITE_ONLY, Variable
from ampkeeper.firmware.ocpp.device import model_of, setting_of
from ampkeeper.firmware.ocpp.dialect import Answer, Call, Follow, Payload, StationPort
from ampkeeper.firmware.ocpp.setting import Refused, check, text_of
from ampkeeper.firmware.ocpp.v201.device_model import (
    attribute_asked,
    attribute_text,
    component_of,
    describe,
    wish_of,
)
from ampkeeper.firmware.ocpp.wire import timestamp

ITEMS_PER_REPORT = 20  # entries in one NotifyReport: about 8 KiB
INFO_CHARS_MAX = 512
TRUE = "true"
SET_WORDS = {"accepted": "Accepted", "reboot_required": "RebootRequired"}


class DeviceReports:
    """The calls about the device model, one method each."""

    def __init__(self, station: StationPort) -> None:
        self._station = station
        self.handlers: dict[str, Callable[[Payload], Answer]] = {
            "GetBaseReport": self._get_base_report,
            "GetReport": self._get_report,
            "GetVariables": self._get_variables,
            "SetVariables": self._set_variables,
        }

    @cached_property
    def model(self) -> DeviceModel:
        """What there is; made when it is first asked for."""
        return model_of(self._station.evse_ids(), self._station.variable)

    def _get_variables(self, payload: Payload) -> Answer:
        """One result for each item, in order (B06)."""
        items = payload["getVariableData"]
        refusal = refuse_long(self._station, "DeviceDataCtrlr", "GetVariables", payload, len(items))
        return refusal or Answer({"getVariableResult": [self._get(item) for item in items]})

    def _set_variables(self, payload: Payload) -> Answer:
        """One result for each item, in order; each is set or refused by itself (B05)."""
        items = payload["setVariableData"]
        refusal = refuse_long(self._station, "DeviceDataCtrlr", "SetVariables", payload, len(items))
        return refusal or Answer({"setVariableResult": [self._set(item) for item in items]})

    def _get_base_report(self, payload: Payload) -> Answer:
        """Accepted, and then the report in pages (B07)."""
        base = payload["reportBase"]
        if base not in BASES:
            return _status("NotSupported", "UnsupportedParam")
        return self._report(inventory(self.model, base, self._is_true), int(payload["requestId"]))

    def _get_report(self, payload: Payload) -> Answer:
        """Accepted, and then the report in pages; nothing found is said at once (B08)."""
        criteria = payload.get("componentCriteria", ())
        asked = payload.get("componentVariable", ())
        refusal = refuse_long(self._station, "DeviceDataCtrlr", "GetReport", payload, len(asked))
        if refusal is not None:
            return refusal
        if not set(criteria) <= set(CRITERIA):
            return _status("NotSupported", "UnsupportedParam")
        found = custom(self.model, criteria, [wish_of(each) for each in asked], self._is_true)
        if not found:
            return _status("EmptyResultSet", "NotFound")
        return self._report(found, int(payload["requestId"]))

    def _report(self, found: list[Variable], request_id: int) -> Answer:
        rows = [describe(variable, self._station) for variable in found]
        calls = tuple(pages(rows, request_id, timestamp(self._station.now())))
        return Answer({"status": "Accepted"}, follow=(Follow("report", calls=calls),))

    def _get(self, item: Payload) -> Payload:
        variable, result = self._find(item), _result(item)
        if isinstance(variable, str):
            return result | {"attributeStatus": variable}
        attribute = variable.attribute(attribute_asked(item))
        assert attribute is not None, "it was found with it"
        if attribute.access == WRITE_ONLY:
            return result | _refused("WriteOnly", "write-only")
        text = attribute_text(variable, attribute.kind, self._station)
        return result | {"attributeStatus": "Accepted", "attributeValue": text}

    def _set(self, item: Payload) -> Payload:
        variable, result = self._find(item), _result(item)
        if isinstance(variable, str):
            return result | {"attributeStatus": variable}
        attribute = variable.attribute(attribute_asked(item))
        assert attribute is not None, "it was found with it"
        if attribute.access == READ_ONLY:
            return result | _refused("ReadOnly", "read-only")
        value = check(setting_of(variable), item["attributeValue"])
        if isinstance(value, Refused):
            reason = "ValueOutOfRange" if value.is_range else "InvalidValue"
            return result | _refused(reason, value.reason)
        word = self._station.set_variable(variable.known_as, text_of(value))
        return result | {"attributeStatus": SET_WORDS.get(word, "Rejected")}

    def _find(self, item: Payload) -> Variable | str:
        asked = item["variable"]
        component, attribute = component_of(item["component"]), attribute_asked(item)
        return self.model.find(component, asked["name"], asked.get("instance") or "", attribute)

    def _is_true(self, variable: Variable) -> bool:
        return attribute_text(variable, ACTUAL, self._station) == TRUE


def pages(rows: list[Payload], request_id: int, generated_at: str) -> Iterator[Call]:
    """NotifyReport from seqNo 0; tbc on all but the last (B07.FR.10, B08.FR.14)."""
    for seq_no, start in enumerate(range(0, len(rows), ITEMS_PER_REPORT)):
        payload: Payload = {
            "requestId": request_id,
            "generatedAt": generated_at,
            "seqNo": seq_no,
            "tbc": start + ITEMS_PER_REPORT < len(rows),
            "reportData": rows[start : start + ITEMS_PER_REPORT],
        }
        yield Call("NotifyReport", payload)


def refuse_long(
    station: StationPort, component: str, message: str, payload: Payload, count: int
) -> Answer | None:
    """B06.FR.16 and 17, B08.FR.17 and 18, and for the other messages alike."""
    items_max = int(station.variable(f"{component}.ItemsPerMessage[{message}]"))
    if count > items_max:
        text = f"{count} items; ItemsPerMessage[{message}] is {items_max}"
        return Answer(error="OccurrenceConstraintViolation", description=text)
    bytes_max = int(station.variable(f"{component}.BytesPerMessage[{message}]"))
    bytes_here = len(json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode())
    if bytes_here > bytes_max:
        text = f"{bytes_here} bytes; BytesPerMessage[{message}] is {bytes_max}"
        return Answer(error="FormatViolation", description=text)
    return None


def _result(item: Payload) -> Payload:
    """What every result repeats of its item (B05.FR.02, 03 and 12)."""
    return {
        "component": item["component"],
        "variable": item["variable"],
        "attributeType": attribute_asked(item),
    }


def _refused(reason_code: str, info: str) -> Payload:
    more = {"reasonCode": reason_code, "additionalInfo": info[:INFO_CHARS_MAX]}
    return {"attributeStatus": "Rejected", "attributeStatusInfo": more}


def _status(status: str, reason_code: str) -> Answer:
    return Answer({"status": status, "statusInfo": {"reasonCode": reason_code}})
