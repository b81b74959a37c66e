"""Periodic event streams in the words of OCPP 2.1: N11 to N15."""

from ampkeeper.firmware.device_model.stream import Bundle, Opened, Rate, StreamWord
from ampkeeper.firmware.ocpp.dialect import Answer, Call, Payload, StationPort
from ampkeeper.firmware.ocpp.v201.answers import status
from ampkeeper.firmware.ocpp.v201.device_model import VALUE_CHARS_MAX
from ampkeeper.firmware.ocpp.wire import timestamp

FIELD = "periodicEventStream"  # of SetMonitoringDataType
MILLI = 3  # digits of a second


class Streams21:
    """The calls about streams."""

    def __init__(self, station: StationPort) -> None:
        self._station = station
        self.handlers = {
            "AdjustPeriodicEventStream": self._adjust,
            "GetPeriodicEventStream": self._get,
        }

    def _adjust(self, payload: Payload) -> Answer:
        rate = rate_of(payload["params"])
        if not rate.is_any:
            return status("Rejected", "InvalidValue")
        is_known = self._station.monitors.adjust_stream(int(payload["id"]), rate)
        return status("Accepted") if is_known else status("Rejected", "NotFound")

    def _get(self, payload: Payload) -> Answer:
        rows = [_constant(each) for each in self._station.monitors.streams()]
        return Answer({"constantStreamData": rows} if rows else {})


def rate_of(params: Payload) -> Rate:
    """PeriodicEventStreamParamsType."""
    return Rate(int(params.get("interval", 0)), int(params.get("values", 0)))


def stream_call(word: StreamWord) -> Call:
    """Open-, Notify- or ClosePeriodicEventStream; the second is a SEND (N15.FR.01)."""
    if isinstance(word, Opened):
        return Call("OpenPeriodicEventStream", {"constantStreamData": _constant(word)})
    if isinstance(word, Bundle):
        begin = word.values[0][0]
        rows = [
            {"t": round((at - begin).total_seconds(), MILLI), "v": text[:VALUE_CHARS_MAX]}
            for at, text in word.values
        ]
        told = {"id": word.stream_id, "pending": word.pending, "basetime": timestamp(begin)}
        return Call("NotifyPeriodicEventStream", told | {"data": rows})
    return Call("ClosePeriodicEventStream", {"id": word.stream_id})


def _constant(opened: Opened) -> Payload:
    """ConstantStreamDataType."""
    pairs = {"interval": opened.rate.interval_s, "values": opened.rate.values}
    return {
        "id": opened.stream_id,
        "variableMonitoringId": opened.monitor_id,
        "params": {name: number for name, number in pairs.items() if number},
    }
