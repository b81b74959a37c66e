"""OCMF: a record of the begin or the end of a session, as text that can be signed and checked.

Open Charge Metering Format 1.4: ``OCMF|payload|signature``. The payload is signed byte for byte,
so it is written once and never made anew. Energy is in Wh, a whole number: nothing is rounded.
What the station signs itself is declared as not legally relevant in the payload. Pure.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from ampkeeper.firmware.facts import CARD, IdToken, StopReason

VERSION = "1.4"
HEAD, MARK = "OCMF", "|"
MARK_IN_JSON = "\\u007c"  # inside a text of the payload: the mark itself may stand nowhere else
REGISTER = "01-00:B0.08.00*FF"  # all energy taken, at the meter, without compensated losses
DECLARATION = "not legally relevant: signed by the charging station, not by the meter"
TEXT_MAX = 64  # characters of a name
FIRMWARE_MAX, TARIFF_MAX, TOKEN_MAX = 25, 250, 255
RECORD_CHARS_MAX = 16_384
BEGIN = "B"
GOOD, EXCHANGED, TIMED_OUT, SUBSTITUTE = "G", "X", "T", "S"  # states of the meter
UNSET, INFORMATIVE, SYNCHRONISED = "U", "I", "S"  # states of the clock; "R" is a certified one's
NO_ENERGY = "E"  # error flag: the energy of this reading must not be used
ENDS = {
    StopReason.LOCAL: "L",
    StopReason.STOPPED_BY_EV: "L",
    StopReason.EV_DISCONNECTED: "L",
    StopReason.MASTER_PASS: "L",
    StopReason.REMOTE: "R",
    StopReason.UNLOCK_COMMAND: "R",
    StopReason.EMERGENCY_STOP: "A",
    StopReason.GROUND_FAULT: "A",
    StopReason.OVERCURRENT_FAULT: "A",
    StopReason.POWER_QUALITY: "A",
    StopReason.DE_AUTHORIZED: "A",
    StopReason.POWER_LOSS: "P",
}  # why it ended; any other reason is END
END = "E"
KINDS = {
    "Central": "CENTRAL",
    "eMAID": "EMAID",
    CARD: CARD,
    "ISO15693": "ISO15693",
    "KeyCode": "KEY_CODE",
    "Local": "LOCAL",
}  # OCPP 2.x IdTokenEnum: identification type
DIGITS = {CARD: (8, 14, 20), "ISO15693": (16,)}  # of a number in hex; others are UNDEFINED


class OcmfRefused(ValueError):
    """No record, or not one as it was written; the words say what is wrong."""


@dataclass(frozen=True, slots=True)
class Gateway:
    """The station that writes: what it is, which one, and its software."""

    name: str
    serial: str
    firmware: str


@dataclass(frozen=True, slots=True)
class MeterName:
    """The meter that measured; empty where it cannot tell."""

    vendor: str = ""
    model: str = ""
    serial: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """The register in Wh at a moment (aware); why it was read, and whether it may be billed.

    ``clock`` is the state of the clock at that moment.
    """

    at: datetime
    energy_wh: int
    reason: str
    status: str = GOOD
    errors: str = ""
    clock: str = UNSET


@dataclass(frozen=True, slots=True)
class Record:
    """A record in its parts; ``signature`` is hex or base64, as ``encoding`` says."""

    payload: str
    algorithm: str
    signature: str
    encoding: str = "hex"

    @property
    def content(self) -> dict[str, Any]:
        """What the payload says."""
        found = json.loads(self.payload)
        assert isinstance(found, dict), "reading it proved that"
        return found

    def to_text(self) -> str:
        """As it is kept and passed on."""
        signature = {"SA": self.algorithm, "SD": self.signature}
        if self.encoding != "hex":
            signature["SE"] = self.encoding
        return MARK.join((HEAD, self.payload, json.dumps(signature, separators=(",", ":"))))


def payload(
    gateway: Gateway,
    meter: MeterName,
    page: int,
    evse_id: int,
    token: IdToken | None,
    tariff: str,
    readings: Sequence[Reading],
) -> str:
    """The text to be signed: ASCII, without the mark. ``page`` counts the station's records."""
    assert page >= 1
    body: dict[str, Any] = {
        "FV": VERSION,
        "GI": gateway.name[:TEXT_MAX],
        "GS": gateway.serial[:TEXT_MAX],
        "GV": gateway.firmware[:TEXT_MAX],
        "PG": f"T{page}",
    }
    named = {"MV": meter.vendor, "MM": meter.model, "MS": meter.serial or "unknown"}
    body |= {name: value[:TEXT_MAX] for name, value in named.items() if value}
    body |= _person(token)
    if tariff:
        body["TT"] = tariff[:TARIFF_MAX]
    body["CF"] = gateway.firmware[:FIRMWARE_MAX]
    body |= {"CT": "CBIDC", "CI": f"{gateway.serial[:TEXT_MAX]} {evse_id}"}
    body["RD"] = [_reading(one) for one in readings]
    body["U"] = DECLARATION
    return json.dumps(body, separators=(",", ":")).replace(MARK, MARK_IN_JSON)


def read(text: str) -> Record:
    """The record in ``text``; OcmfRefused for anything else. Its signature is not checked."""
    if len(text) > RECORD_CHARS_MAX:
        raise OcmfRefused(f"{len(text)} characters: a record has at most {RECORD_CHARS_MAX}")
    parts = text.strip().split(MARK)
    if len(parts) != len((HEAD, "payload", "signature")) or parts[0] != HEAD:
        shown = text.strip()[:40]
        raise OcmfRefused(f"{shown!r}: a record is OCMF, payload and signature, parted by |")
    content, signed = _object(parts[1], "payload"), _object(parts[2], "signature")
    if not isinstance(content.get("RD"), list) or not content["RD"]:
        raise OcmfRefused("payload: RD, the readings, are missing")
    kind = signed.get("SM", "application/x-der")
    if kind != "application/x-der":
        raise OcmfRefused(f"signature: SM {str(kind)[:40]!r}: allowed is application/x-der")
    found = [signed.get("SA", "ECDSA-secp256r1-SHA256"), signed.get("SD"), signed.get("SE", "hex")]
    algorithm, data, encoding = found
    if not (isinstance(algorithm, str) and isinstance(data, str) and isinstance(encoding, str)):
        raise OcmfRefused("signature: SA, SD and SE are texts, and SD must be there")
    return Record(parts[1], algorithm, data, encoding)


def _object(text: str, name: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise OcmfRefused(f"{name}: no JSON: {error}"[:200]) from error
    if not isinstance(found, dict):
        raise OcmfRefused(f"{name}: must be a JSON object")
    return found


def _person(token: IdToken | None) -> dict[str, Any]:
    """Who charges: a card's number can be copied, so it is hearsay."""
    if token is None or token.kind == "NoAuthorization":
        return {"IS": False, "IL": "NONE", "IF": [], "IT": "NONE", "ID": ""}
    kind = KINDS.get(token.kind, "UNDEFINED")
    is_card = kind in DIGITS
    if is_card and not _is_hex(token.value, DIGITS[kind]):
        kind = "UNDEFINED"
    flags = ["RFID_PLAIN"] if is_card else []
    return {"IS": True, "IL": "HEARSAY", "IF": flags, "IT": kind, "ID": token.value[:TOKEN_MAX]}


def _is_hex(value: str, lengths: tuple[int, ...]) -> bool:
    return len(value) in lengths and all(one in "0123456789abcdefABCDEF" for one in value)


def _reading(reading: Reading) -> dict[str, Any]:
    at, zone = reading.at.strftime("%Y-%m-%dT%H:%M:%S"), reading.at.strftime("%z")
    return {
        "TM": f"{at},{reading.at.microsecond // 1000:03d}{zone} {reading.clock}",
        "TX": reading.reason,
        "RV": reading.energy_wh,
        "RI": REGISTER,
        "RU": "Wh",
        "RT": "AC",
        "EF": reading.errors,
        "ST": reading.status,
    }
