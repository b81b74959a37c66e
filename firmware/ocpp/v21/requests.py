"""What a central system may ask of an OCPP 2.1 station, and the answers.

What 2.0.1 knows too is answered by its handlers, after ``refusals.py`` has looked for what they
do not know. What 2.1 adds and is not here is NotSupported.
"""

from ampkeeper.firmware.ocpp.dialect import Answer, Later, Payload, StationPort
from ampkeeper.firmware.ocpp.v21.monitoring import Monitoring21
from ampkeeper.firmware.ocpp.v21.network import Network21
from ampkeeper.firmware.ocpp.v21.refusals import REFUSALS
from ampkeeper.firmware.ocpp.v21.smart_charging import SmartCharging21
from ampkeeper.firmware.ocpp.v21.streams import Streams21
from ampkeeper.firmware.ocpp.v21.tariffs import Tariffs21
from ampkeeper.firmware.ocpp.v201.requests import Requests201

SUBPROTOCOL = "ocpp2.1"


class Requests21(Requests201):
    """Inbound calls: those of 2.0.1, and those that 2.1 adds."""

    subprotocol = SUBPROTOCOL
    resets = Requests201.resets | {"ImmediateAndResume": "resume"}  # B13
    monitoring_of = Monitoring21
    network_of = Network21
    charging_of = SmartCharging21

    def __init__(self, station: StationPort) -> None:
        super().__init__(station)
        self._handlers |= Tariffs21(station).handlers | Streams21(station).handlers
        self._handlers["NotifyWebPaymentStarted"] = self._web_payment

    def handle(self, action: str, payload: Payload) -> Answer | Later:
        """The answer; Part 4 table 10 for what is not served."""
        refuses = REFUSALS.get(action)
        refusal = None if refuses is None else refuses(payload)
        return refusal or super().handle(action, payload)

    def _web_payment(self, payload: Payload) -> Answer:
        """The answer has no words, also for an EVSE that is not there (C25.FR.27)."""
        if payload["evseId"] in self._station.evse_ids():
            timeout_s = int(payload["timeout"])
            self._station.display.payment_started(int(payload["evseId"]), timeout_s)
        return Answer()
