"""DataTransfer of OCPP 1.6: local handlers first, then the applications that this station knows."""

from collections.abc import Callable
from typing import Any

from ampkeeper.firmware.ocpp.dialect import Answer, Payload, StationPort
from ampkeeper.firmware.ocpp.v16.costs import COST_VENDOR, Costs16
from ampkeeper.firmware.ocpp.v16.messages import data_text
from ampkeeper.firmware.ocpp.v16.plug_and_charge import PNC_VENDOR, PlugAndCharge16

UNKNOWN = ("UnknownVendorId", "UnknownMessageId")
Application = Callable[[str, Any], Answer | None]  # None: it is not on


class DataTransfer16:
    """What comes by DataTransfer."""

    def __init__(self, station: StationPort) -> None:
        self._station = station
        self._applications: dict[str, Application] = {
            COST_VENDOR: Costs16(station).answer,
            PNC_VENDOR: PlugAndCharge16(station).answer,
        }
        self.handlers = {"DataTransfer": self._answer}

    def _answer(self, payload: Payload) -> Answer:
        vendor_id, message_id = payload["vendorId"], payload.get("messageId")
        status, data = self._station.data_transfer(vendor_id, message_id, payload.get("data"))
        application = self._applications.get(vendor_id)
        if status in UNKNOWN and application is not None:
            answer = application(message_id or "", payload.get("data"))
            if answer is not None:
                return answer
        text = data_text(data)
        return Answer({"status": status} | ({} if text is None else {"data": text}))
