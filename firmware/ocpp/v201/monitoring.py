"""Monitoring in the words of OCPP 2.0.1: use cases N02 to N08."""

import math
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby

from ampkeeper.firmware.device_model.model import DeviceModel, Wish
from ampkeeper.firmware.device_model.monitor import (
    DELTA,
    PERIODICS,
    THRESHOLDS,
    Happened,
    Monitor,
)
from ampkeeper.firmware.device_model.monitor_book import BASES, SEVERITY_MAX, Wanted
from ampkeeper.firmware.device_model.variable import Variable
from ampkeeper.firmware.ocpp.dialect import Answer, Call, Follow, Payload, StationPort
from ampkeeper.firmware.ocpp.v201.device_model import (
    VALUE_CHARS_MAX,
    component_of,
    place_of,
    wish_of,
)
from ampkeeper.firmware.ocpp.v201.reports import refuse_long
from ampkeeper.firmware.ocpp.wire import timestamp

CONTROLLER = "MonitoringCtrlr"
VARIABLES_PER_REPORT = 20  # in one NotifyMonitoringReport
CRITERIA = {
    "ThresholdMonitoring": THRESHOLDS,
    "DeltaMonitoring": (DELTA,),
    "PeriodicMonitoring": PERIODICS,
}


class Monitoring201:
    """The calls about monitors, one method each."""

    def __init__(self, station: StationPort, model: Callable[[], DeviceModel]) -> None:
        self._station = station
        self._model = model
        self.handlers: dict[str, Callable[[Payload], Answer]] = {
            "ClearVariableMonitoring": self._clear,
            "GetMonitoringReport": self._report,
            "SetMonitoringBase": self._set_base,
            "SetMonitoringLevel": self._set_level,
            "SetVariableMonitoring": self._set_all,
        }

    def _set_all(self, payload: Payload) -> Answer:
        """One result for each, in order (N04)."""
        items = payload["setMonitoringData"]
        message = "SetVariableMonitoring"
        refusal = refuse_long(self._station, CONTROLLER, message, payload, len(items))
        return refusal or Answer({"setMonitoringResult": [self._set(item) for item in items]})

    def _set(self, item: Payload) -> Payload:
        variable = item["variable"]
        found = self._model().find(
            component_of(item["component"]), variable["name"], variable.get("instance") or ""
        )
        wanted = Wanted(
            item["type"],
            _value_of(item["value"]),
            int(item["severity"]),
            bool(item.get("transaction", False)),
            item.get("id"),
        )
        outcome = self._station.monitors.set(wanted, found)
        result = {name: item[name] for name in ("type", "severity", "component", "variable")}
        result["status"] = outcome.status
        if outcome.id is not None:
            result["id"] = outcome.id
        if outcome.reason:
            result["statusInfo"] = {"reasonCode": outcome.reason}
        return result

    def _clear(self, payload: Payload) -> Answer:
        """One result for each id, in order (N06)."""
        ids = payload["id"]
        message = "ClearVariableMonitoring"
        refusal = refuse_long(self._station, CONTROLLER, message, payload, len(ids))
        cleared = [{"id": each, "status": self._station.monitors.clear(each)} for each in ids]
        return refusal or Answer({"clearMonitoringResult": cleared})

    def _set_base(self, payload: Payload) -> Answer:
        """N03."""
        base = payload["monitoringBase"]
        if base not in BASES:
            return _status("NotSupported", "UnsupportedParam")
        return _status("Accepted" if self._station.monitors.set_base(base) else "Rejected")

    def _set_level(self, payload: Payload) -> Answer:
        """N05."""
        severity = int(payload["severity"])
        if not 0 <= severity <= SEVERITY_MAX:
            return _status("Rejected", "ValueOutOfRange")
        return _status("Accepted" if self._station.monitors.set_level(severity) else "Rejected")

    def _report(self, payload: Payload) -> Answer:
        """Accepted, and then the report in pages; nothing found is said at once (N02)."""
        asked = payload.get("componentVariable", ())
        refusal = refuse_long(
            self._station, "DeviceDataCtrlr", "GetReport", payload, len(asked)
        )  # N02.FR.07
        if refusal is not None:
            return refusal
        criteria = payload.get("monitoringCriteria", ())
        if not set(criteria) <= CRITERIA.keys():
            return _status("NotSupported", "UnsupportedParam")
        found = self._found(criteria, [wish_of(each) for each in asked])
        if not found:
            return _status("EmptyResultSet", "NotFound")
        rows = [
            place_of(variable) | {"variableMonitoring": [self._monitor(each) for each in monitors]}
            for variable, monitors in found
        ]
        calls = tuple(_pages(rows, int(payload["requestId"]), timestamp(self._station.now())))
        return Answer({"status": "Accepted"}, follow=(Follow("report", calls=calls),))

    def _found(
        self, criteria: Sequence[str], wishes: Sequence[Wish]
    ) -> list[tuple[Variable, list[Monitor]]]:
        """The monitors that are asked for, by variable."""
        kinds = {kind for each in criteria for kind in CRITERIA[each]}
        model = self._model()
        pairs = [(model.named(each.known_as), each) for each in self._station.monitors.monitors()]
        meant = [
            (variable, monitor)
            for variable, monitor in pairs
            if variable is not None
            and (not kinds or monitor.kind in kinds)
            and (not wishes or any(wish.means(variable) for wish in wishes))
        ]
        meant.sort(key=lambda pair: (pair[0].known_as, pair[1].id))
        groups = groupby(meant, key=lambda pair: pair[0])
        return [(variable, [each for _, each in rows]) for variable, rows in groups]

    def _monitor(self, monitor: Monitor) -> Payload:
        """VariableMonitoringType."""
        return {
            "id": monitor.id,
            "transaction": monitor.in_transaction,
            "value": monitor.value,
            "type": monitor.kind,
            "severity": monitor.severity,
        }


def notify_event(events: Sequence[Happened]) -> Call:
    """NotifyEvent of what monitors said, in one part (N07, N08)."""
    newest = max(event.at for event in events)
    return Call(
        "NotifyEvent",
        {
            "generatedAt": timestamp(newest),
            "seqNo": 0,
            "tbc": False,
            "eventData": [_event(event) for event in events],
        },
    )


def _event(event: Happened) -> Payload:
    made: Payload = {
        "eventId": event.event_id,
        "timestamp": timestamp(event.at),
        "trigger": event.trigger,
        "actualValue": event.text[:VALUE_CHARS_MAX],
        "eventNotificationType": event.origin,
    } | place_of(event.variable)
    if event.monitor_id is not None:
        made["variableMonitoringId"] = event.monitor_id
    if event.is_cleared:
        made["cleared"] = True
    if event.tx_id is not None:
        made["transactionId"] = event.tx_id
    return made


def _pages(rows: list[Payload], request_id: int, generated_at: str) -> Iterator[Call]:
    """NotifyMonitoringReport from seqNo 0; tbc on all but the last (N02.FR.09)."""
    for seq_no, start in enumerate(range(0, len(rows), VARIABLES_PER_REPORT)):
        payload: Payload = {
            "requestId": request_id,
            "generatedAt": generated_at,
            "seqNo": seq_no,
            "tbc": start + VARIABLES_PER_REPORT < len(rows),
            "monitor": rows[start : start + VARIABLES_PER_REPORT],
        }
        yield Call("NotifyMonitoringReport", payload)


def _status(status: str, reason_code: str = "") -> Answer:
    info = {"statusInfo": {"reasonCode": reason_code}} if reason_code else {}
    return Answer({"status": status} | info)


def _value_of(number: float) -> float:
    """As it came, an integer of any length too: what no float holds is out of every range."""
    try:
        return float(number)
    except OverflowError:
        return math.inf if number > 0 else -math.inf
