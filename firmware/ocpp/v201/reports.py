"""Variables asked for, set and reported: GetVariables, SetVariables, GetBaseReport (B05 to B07)."""

import json
from collections.abc import Callable, Iterator

from ampkeeper.firmware.ocpp.dialect import Answer, Call, Follow, Payload, StationPort
from ampkeeper.firmware.ocpp.setting import Access, Refused, check, text_of
from ampkeeper.firmware.ocpp.v201.device_model import Place, describe, find, places, value_text
from ampkeeper.firmware.ocpp.wire import timestamp

ITEMS_PER_REPORT = 20  # entries in one NotifyReport: about 8 KiB
VALUE_CHARS_MAX = 2500  # GetVariableResultType.attributeValue
INFO_CHARS_MAX = 512


def get_variables(station: StationPort, payload: Payload) -> Answer:
    """One result for each item, in order (B06)."""
    items = payload["getVariableData"]
    refusal = _refuse_long(station, payload, items, "GetVariables")
    return refusal or Answer({"getVariableResult": [_get(station, item) for item in items]})


def set_variables(station: StationPort, payload: Payload) -> Answer:
    """One result for each item, in order; each is set or refused by itself (B05)."""
    items = payload["setVariableData"]
    refusal = _refuse_long(station, payload, items, "SetVariables")
    return refusal or Answer({"setVariableResult": [_set(station, item) for item in items]})


def get_base_report(station: StationPort, payload: Payload) -> Answer:
    """Accepted, and then the report in pages (B07)."""
    is_wanted = REPORTS.get(payload["reportBase"])
    if is_wanted is None:
        return Answer({"status": "NotSupported"})
    rows = [describe(place, station) for place in places(station.evse_ids()) if is_wanted(place)]
    calls = tuple(_pages(rows, int(payload["requestId"]), timestamp(station.now())))
    return Answer({"status": "Accepted"}, follow=(Follow("report", calls=calls),))


def _is_settable(place: Place) -> bool:
    return place.setting.access is not Access.READ_ONLY


def _is_anything(place: Place) -> bool:
    return True


def _is_availability(place: Place) -> bool:
    return place.setting.variable == "AvailabilityState"


REPORTS: dict[str, Callable[[Place], bool]] = {
    "ConfigurationInventory": _is_settable,
    "FullInventory": _is_anything,
    "SummaryInventory": _is_availability,
}


def _pages(rows: list[Payload], request_id: int, generated_at: str) -> Iterator[Call]:
    """NotifyReport from seqNo 0; tbc on all but the last (B07.FR.10)."""
    for seq_no, start in enumerate(range(0, len(rows), ITEMS_PER_REPORT)):
        payload: Payload = {
            "requestId": request_id,
            "generatedAt": generated_at,
            "seqNo": seq_no,
            "tbc": start + ITEMS_PER_REPORT < len(rows),
            "reportData": rows[start : start + ITEMS_PER_REPORT],
        }
        yield Call("NotifyReport", payload)


def _refuse_long(
    station: StationPort, payload: Payload, items: list[Payload], message: str
) -> Answer | None:
    """B06.FR.16 and 17, for SetVariables alike."""
    items_max = int(station.variable(f"DeviceDataCtrlr.ItemsPerMessage[{message}]"))
    if len(items) > items_max:
        text = f"{len(items)} items; ItemsPerMessage[{message}] is {items_max}"
        return Answer(error="OccurrenceConstraintViolation", description=text)
    bytes_max = int(station.variable(f"DeviceDataCtrlr.BytesPerMessage[{message}]"))
    bytes_here = len(json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode())
    if bytes_here > bytes_max:
        text = f"{bytes_here} bytes; BytesPerMessage[{message}] is {bytes_max}"
        return Answer(error="FormatViolation", description=text)
    return None


def _get(station: StationPort, item: Payload) -> Payload:
    place = _find_actual(station, item)
    result = _result(item)
    if isinstance(place, str):
        return result | {"attributeStatus": place}
    if place.setting.access is Access.WRITE_ONLY:
        return result | _status("Rejected", "WriteOnly", "write-only")
    text = value_text(place, station)[:VALUE_CHARS_MAX]
    return result | {"attributeStatus": "Accepted", "attributeValue": text}


def _set(station: StationPort, item: Payload) -> Payload:
    place = _find_actual(station, item)
    result = _result(item)
    if isinstance(place, str):
        return result | {"attributeStatus": place}
    if place.setting.access is Access.READ_ONLY:
        return result | _status("Rejected", "ReadOnly", "read-only")
    value = check(place.setting, item["attributeValue"])
    if isinstance(value, Refused):
        reason = "ValueOutOfRange" if value.is_range else "InvalidValue"
        return result | _status("Rejected", reason, value.reason)
    words = {"accepted": "Accepted", "reboot_required": "RebootRequired"}
    word = station.set_variable(place.name, text_of(value))
    return result | {"attributeStatus": words.get(word, "Rejected")}


def _find_actual(station: StationPort, item: Payload) -> Place | str:
    place = find(item["component"], item["variable"], station.evse_ids())
    is_other = item.get("attributeType", "Actual") != "Actual"
    return "NotSupportedAttributeType" if is_other and isinstance(place, Place) else place


def _result(item: Payload) -> Payload:
    """What every result repeats of its item (B05.FR.02, 03 and 12)."""
    return {
        "component": item["component"],
        "variable": item["variable"],
        "attributeType": item.get("attributeType", "Actual"),
    }


def _status(status: str, reason_code: str, info: str) -> Payload:
    more = {"reasonCode": reason_code, "additionalInfo": info[:INFO_CHARS_MAX]}
    return {"attributeStatus": status, "attributeStatusInfo": more}
