"""OCMF: what a signing meter is told of a transaction, to be signed with its values.

Only what the charger knows: who it is and who charges; readings and signature are the meter's.
Open Charge Metering Format 1.0, section 3 (general information, user assignment). Pure.
"""

import json

from ampkeeper.firmware.facts import IdToken

VERSION = "1.0"
TEXT_MAX = 32  # characters of the charger's names; with a token of 36 all of it stays below 1 KiB
TOKEN_MAX = 36  # characters, OCPP 2.0.1 IdTokenType
NOBODY = "NONE"
TYPES = {  # OCPP 2.0.1 IdTokenEnumType: OCMF identification type
    "Central": "CENTRAL",
    "eMAID": "EMAID",
    "ISO14443": "ISO14443",
    "ISO15693": "ISO15693",
    "KeyCode": "KEY_CODE",
    "Local": "LOCAL",
    "NoAuthorization": NOBODY,
}


def dataset(model: str, serial: str, evse_id: int, token: IdToken | None) -> bytes:
    """Return the data to be signed: ASCII, 1 to 1,024 bytes whatever the names hold."""
    kind = NOBODY if token is None else TYPES.get(token.kind, "UNDEFINED")
    body = {
        "FV": VERSION,
        "GI": model[:TEXT_MAX],
        "GS": serial[:TEXT_MAX],
        "IS": kind != NOBODY,
        "IT": kind,
        "ID": "" if token is None or kind == NOBODY else token.value[:TOKEN_MAX],
        "CT": "CBIDC",
        "CI": f"{serial[:TEXT_MAX]} {evse_id}",
    }
    return json.dumps(body, separators=(",", ":")).encode("ascii")
