"""OCPP 2.1 as one object: ``Dialect201`` with what 2.1 says otherwise, and what it adds."""

from collections.abc import Sequence
from dataclasses import replace

from ampkeeper.firmware.device_model.monitor import Happened
from ampkeeper.firmware.device_model.stream import StreamWord
from ampkeeper.firmware.facts import Fact, IdToken
from ampkeeper.firmware.ocpp.declared.tariffs import TARIFF
from ampkeeper.firmware.ocpp.dialect import Call, Payload, TxContext, Verdict
from ampkeeper.firmware.ocpp.ports.secc import CarWord
from ampkeeper.firmware.ocpp.v21 import messages
from ampkeeper.firmware.ocpp.v21.cars import car_call
from ampkeeper.firmware.ocpp.v21.monitoring import notify_events
from ampkeeper.firmware.ocpp.v21.requests import SUBPROTOCOL, Requests21
from ampkeeper.firmware.ocpp.v21.streams import stream_call
from ampkeeper.firmware.ocpp.v21.tariff_reading import BadTariffError
from ampkeeper.firmware.ocpp.v21.tariffs import Tariffs21
from ampkeeper.firmware.ocpp.v201.dialect import Dialect201


class Dialect21(Dialect201):
    """OCPP 2.1, bound to a station."""

    subprotocol = SUBPROTOCOL
    requests_of = Requests21

    def authorize(self, token: IdToken) -> Call:
        """Authorize."""
        return Call("Authorize", {"idToken": messages.id_token(token)})

    def for_cars(self, word: CarWord) -> Call:
        """What 2.0.1 says, and GetCertificateChainStatus."""
        return car_call(word)

    def read_authorize(self, payload: Payload) -> Verdict:
        """What the central system says of the token, and what it pays (I08)."""
        verdict = super().read_authorize(payload)
        if "tariff" not in payload or not self._station.variable(TARIFF):
            return verdict
        try:
            return replace(verdict, tariff=Tariffs21(self._station).read(payload["tariff"]))
        except BadTariffError as error:
            return replace(verdict, tariff_problem=error.reason or error.status)

    def notify_event(self, events: Sequence[Happened]) -> Call:
        """NotifyEvent."""
        return notify_events(events)

    def stream(self, word: StreamWord) -> Call:
        """Open-, Notify- or ClosePeriodicEventStream."""
        return stream_call(word)

    def ask_schedule(self, number: int) -> Call:
        """PullDynamicScheduleUpdate (K28)."""
        return Call("PullDynamicScheduleUpdate", {"chargingProfileId": number})

    def fact(self, fact: Fact, context: TxContext) -> Call | None:
        """TransactionEvent, or MeterValues where no transaction ran."""
        return messages.fact(super().fact(fact, context), fact)
