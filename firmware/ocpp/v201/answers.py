"""Answers of OCPP 2.0.1 that are a status, perhaps with a reason code of appendix 5."""

from ampkeeper.firmware.ocpp.dialect import Answer, Payload

INFO_CHARS_MAX = 512  # StatusInfoType.additionalInfo


def status(word: str, reason_code: str = "", info: str = "") -> Answer:
    """{"status": word}, with statusInfo where there is a reason."""
    payload: Payload = {"status": word}
    if reason_code:
        payload["statusInfo"] = {"reasonCode": reason_code}
        if info:
            payload["statusInfo"]["additionalInfo"] = info[:INFO_CHARS_MAX]
    return Answer(payload)
