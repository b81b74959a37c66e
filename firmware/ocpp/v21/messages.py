"""What an OCPP 2.1 station says otherwise than one of 2.0.1."""

from ampkeeper.firmware.facts import Fact, IdToken, MeterSampled
from ampkeeper.firmware.ocpp.dialect import Call, Payload
from ampkeeper.firmware.ocpp.v201 import messages
from ampkeeper.firmware.ocpp.v201.names import TOKEN_KINDS

TOKEN_CHARS = 255
KINDS = TOKEN_KINDS | {"DirectPayment", "EVCCID", "VIN"}  # appendix 7, IdTokenEnumStringType


def id_token(token: IdToken) -> Payload:
    """IdTokenType: longer, and of more kinds."""
    return messages.id_token(token, TOKEN_CHARS, KINDS)


def fact(said: Call | None, fact: Fact) -> Call | None:
    """What 2.0.1 says of a fact, in the words of 2.1."""
    if said is None or isinstance(fact, MeterSampled):
        return said
    if fact.token is not None:
        said.payload["idToken"] = id_token(fact.token)
    return said
