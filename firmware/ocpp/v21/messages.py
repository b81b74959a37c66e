"""What an OCPP 2.1 station says otherwise than one of 2.0.1."""

from ampkeeper.firmware.facts import (
    Fact,
    IdToken,
    MeterSampled,
    TransactionEnded,
    TransactionStarted,
    Trigger,
)
from ampkeeper.firmware.ocpp.dialect import Call, Payload, StationPort
from ampkeeper.firmware.ocpp.v21.tariffs import cost_details
from ampkeeper.firmware.ocpp.v201 import messages
from ampkeeper.firmware.ocpp.v201.names import TOKEN_KINDS

TOKEN_CHARS = 255
KINDS = TOKEN_KINDS | {"DirectPayment", "EVCCID", "VIN"}  # appendix 7, IdTokenEnumStringType

TRIGGERS = (Trigger.TX_RESUMED, Trigger.TARIFF_CHANGED)  # that 2.0.1 has no word for


def id_token(token: IdToken) -> Payload:
    """IdTokenType: longer, and of more kinds."""
    return messages.id_token(token, TOKEN_CHARS, KINDS)


def fact(station: StationPort, said: Call | None, fact: Fact) -> Call | None:
    """What 2.0.1 says of a fact, in the words of 2.1, with its tariff and cost (I07, I12)."""
    if said is None or isinstance(fact, MeterSampled):
        return said
    if fact.trigger in TRIGGERS:
        said.payload["triggerReason"] = fact.trigger.value
    tells_tariff = isinstance(fact, TransactionStarted) or fact.trigger is Trigger.TARIFF_CHANGED
    if tells_tariff:
        is_newest = not isinstance(fact, TransactionStarted)
        tariff_id = station.tariffs.tariff_id(fact.tx_id, is_newest)
        if tariff_id is not None:
            said.payload["transactionInfo"]["tariffId"] = tariff_id
    if isinstance(fact, TransactionEnded):
        begin_wh, end_wh = fact.begin.reading.energy_wh, fact.end.reading.energy_wh
        bill = station.tariffs.bill(fact.tx_id, begin_wh, end_wh)
        if bill is not None:
            said.payload["costDetails"] = cost_details(bill)
    if fact.token is not None:
        said.payload["idToken"] = id_token(fact.token)
    return said
