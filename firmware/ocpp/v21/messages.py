"""What an OCPP 2.1 station says otherwise than one of 2.0.1."""

from ampkeeper.firmware.facts import Fact, IdToken, MeterSampled, Trigger
from ampkeeper.firmware.ocpp.dialect import Call, Payload
from ampkeeper.firmware.ocpp.v201 import messages
from ampkeeper.firmware.ocpp.v201.names import TOKEN_KINDS

TOKEN_CHARS = 255
KINDS = TOKEN_KINDS | {"DirectPayment", "EVCCID", "VIN"}  # appendix 7, IdTokenEnumStringType

TRIGGERS = (Trigger.TX_RESUMED,)  # that 2.0.1 has no word for


def id_token(token: IdToken) -> Payload:
    """IdTokenType: longer, and of more kinds."""
    return messages.id_token(token, TOKEN_CHARS, KINDS)


def fact(said: Call | None, fact: Fact) -> Call | None:
    """What 2.0.1 says of a fact, in the words of 2.1."""
    if said is None or isinstance(fact, MeterSampled):
        return said
    if fact.trigger in TRIGGERS:
        said.payload["triggerReason"] = fact.trigger.value
    if fact.token is not None:
        said.payload["idToken"] = id_token(fact.token)
    return said
