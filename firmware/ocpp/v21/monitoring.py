"""Monitoring in the words of OCPP 2.1: what it adds to use cases N02 to N08."""

from collections.abc import Sequence

from ampkeeper.firmware.device_model.monitor import DELTA, PERIODICS, THRESHOLDS, Happened, Monitor
from ampkeeper.firmware.ocpp.dialect import Call, Payload
from ampkeeper.firmware.ocpp.v21.streams import FIELD, rate_of
from ampkeeper.firmware.ocpp.v201.monitoring import Monitoring201, notify_event

KINDS = (*THRESHOLDS, DELTA, *PERIODICS)


class Monitoring21(Monitoring201):
    """The calls about monitors."""

    def _set(self, item: Payload) -> Payload:
        """No variable has a target to differ from, so none is watched (N04.FR.08)."""
        if item["type"] not in KINDS:
            return self._refused(item, "UnsupportedMonitorType")
        asked = item.get(FIELD)
        rate = None if asked is None else rate_of(asked)
        if rate is not None:
            is_fit = rate.is_any and item["type"] in PERIODICS  # N11.FR.09
            if not is_fit or not self._station.monitors.can_stream(item.get("id")):
                return self._refused(item, "Rejected")
        result = super()._set(item)
        if result["status"] == "Accepted":
            self._station.monitors.stream(result["id"], rate)
        return result

    def _refused(self, item: Payload, word: str) -> Payload:
        named = {name: item[name] for name in ("type", "severity", "component", "variable")}
        return named | {"status": word}

    def _monitor(self, monitor: Monitor) -> Payload:
        """With its origin (N02.FR.22)."""
        return super()._monitor(monitor) | {"eventNotificationType": monitor.origin}


def notify_events(events: Sequence[Happened]) -> Call:
    """NotifyEvent, with severities (N07.FR.20)."""
    said = notify_event(events)
    for told, event in zip(said.payload["eventData"], events, strict=True):
        told["severity"] = event.severity
    return said
