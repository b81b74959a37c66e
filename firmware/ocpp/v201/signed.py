"""Signed meter values in the words of OCPP 2.0.1: what the meter signed, to the byte.

OCA, "Signed meter values in OCPP", 3.2.2 and 4.2. A meter signs the begin and the end of a
transaction. What it signs is no document of its own, so data and signature go as JSON, each in
base64, and the encoding is named after the meter's layout.
"""

import json
from base64 import b64encode

from ampkeeper.firmware.ocpp.dialect import Payload, StationPort
from ampkeeper.firmware.ocpp.wire import public_key_text
from ampkeeper.hal.ports import SignedValue

SIGNS = "SampledDataCtrlr.SignReadings"
WITH_KEY, NEVER = "OCPPCommCtrlr.PublicKeyWithSignedMeterValue", "Never"
ENCODING = "ampkeeper.json;layout="
METHOD = "ECDSA-secp256r1-SHA256"
P256 = bytes.fromhex("3059301306072a8648ce3d020106082a8648ce3d030107")  # how such a key begins
OCMF = "OCMF"
CHARS_MAX = 2_500  # SignedMeterValueType
WORD_MAX = 50


def signed_value(
    station: StationPort, evse_id: int, signed: SignedValue, is_begin: bool
) -> Payload | None:
    """SignedMeterValueType; None where nobody wants it, or it is too long for its field."""
    if signed.format == OCMF:
        return _record(station, signed, is_begin)
    if not station.variable(SIGNS):
        return None
    parts = {"data": _text(signed.data), "signature": _text(signed.signature)}
    data = _text(json.dumps(parts, separators=(",", ":")).encode())
    if len(data) > CHARS_MAX:
        return None
    public_key = station.metering.public_keys().get(evse_id, b"")
    key = _key(station, public_key, is_begin)
    return {
        "signedMeterData": data,
        "signingMethod": METHOD if public_key.startswith(P256) else "",
        "encodingMethod": (ENCODING + signed.format)[:WORD_MAX],
        "publicKey": key if len(key) <= CHARS_MAX else "",
    }


def _record(station: StationPort, signed: SignedValue, is_begin: bool) -> Payload | None:
    """A record of OCMF, which says itself what it is signed by; sent where that is configured."""
    data = _text(signed.data)
    if len(data) > CHARS_MAX:
        return None
    key = _key(station, signed.public_key, is_begin)
    return {
        "signedMeterData": data,
        "signingMethod": "",
        "encodingMethod": OCMF,
        "publicKey": key if len(key) <= CHARS_MAX else "",
    }


def _key(station: StationPort, public_key: bytes, is_begin: bool) -> str:
    """As often as it is wanted."""
    wanted = station.variable(WITH_KEY)
    has_key = wanted != NEVER and (is_begin or wanted == "EveryMeterValue")
    return public_key_text(public_key) if has_key and public_key else ""


def _text(data: bytes) -> str:
    return b64encode(data).decode()
