"""What an OCPP 2.1 station says otherwise than one of 2.0.1."""

from ampkeeper.firmware.facts import Fact, IdToken, MeterSampled, Trigger
from ampkeeper.firmware.ocpp.dialect import Call, Payload
from ampkeeper.firmware.ocpp.v21.cost_details import cost_details
from ampkeeper.firmware.ocpp.v201 import messages
from ampkeeper.firmware.ocpp.v201.names import TOKEN_KINDS

TOKEN_CHARS = 255
KINDS = TOKEN_KINDS | {"DirectPayment", "EVCCID", "VIN"}  # appendix 7, IdTokenEnumStringType

TRIGGERS = (
    Trigger.TX_RESUMED,
    Trigger.TARIFF_CHANGED,
    Trigger.RUNNING_COST,
    Trigger.COST_LIMIT,
)  # that 2.0.1 has no word for


def id_token(token: IdToken) -> Payload:
    """IdTokenType: longer, and of more kinds."""
    return messages.id_token(token, TOKEN_CHARS, KINDS)


def fact(said: Call | None, fact: Fact) -> Call | None:
    """What 2.0.1 says of a fact, in the words of 2.1, with its tariff and cost (I07, I12)."""
    if said is None or isinstance(fact, MeterSampled):
        return said
    if fact.trigger in TRIGGERS:
        said.payload["triggerReason"] = fact.trigger.value
    if fact.tariff_id is not None:
        said.payload["transactionInfo"]["tariffId"] = fact.tariff_id
    if fact.cost is not None:
        said.payload["costDetails"] = cost_details(fact.cost)
    if fact.token is not None:
        said.payload["idToken"] = id_token(fact.token)
    return said
