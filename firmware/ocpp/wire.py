"""What both OCPP versions spell and read alike: times, tokens, texts, the answer to an unlock."""

import json
from base64 import b64encode
from collections.abc import Mapping
from datetime import UTC, datetime

from ampkeeper.firmware.ocpp.dialect import (
    Answer,
    BootAnswer,
    Call,
    Follow,
    Later,
    Payload,
    StationPort,
)
from ampkeeper.firmware.ocpp.schemas import parse_date_time

CUT_MARK = "~"  # no card has it
ELLIPSIS = "..."
INTERVAL_S_MAX = 30 * 86_400  # of BootNotification: who says more does not mean it


def words(text: str) -> frozenset[str]:
    """The names in a block of text."""
    return frozenset(text.split())


def timestamp(at: datetime) -> str:
    """RFC 3339 in UTC with milliseconds: "2026-11-22T12:00:00.000Z"."""
    utc = at.astimezone(UTC)
    return utc.strftime("%Y-%m-%dT%H:%M:%S.") + f"{utc.microsecond // 1000:03d}Z"


def timestamp_s(at_s: int) -> str:
    """Whole seconds of Unix time: "2026-11-22T12:00:00.000Z"."""
    return timestamp(datetime.fromtimestamp(at_s, UTC))


def public_key_text(public_key: bytes) -> str:
    """A meter's key, given as DER, as both versions have it (OCA, signed meter values, 3.2.2)."""
    return b64encode(f"oca:base16:asn1:{public_key.hex()}".encode()).decode()


def size_bytes(payload: Payload) -> int:
    """How long a payload is on the wire, with nothing but what JSON needs."""
    text = json.dumps(payload, ensure_ascii=False, separators=(",", ":"))
    return len(text.encode("utf-8", "replace"))


def read_time(text: object) -> datetime | None:
    """Any ISO 8601 time as aware UTC; None for what is no time."""
    return parse_date_time(text) if isinstance(text, str) else None


def good_time(text: str) -> datetime:
    """A time that the schema found good, as aware UTC."""
    at = parse_date_time(text)
    assert at is not None, "the schema looked at it"
    return at


def triggered(call: Call) -> Answer:
    """Accepted, and then the message that a trigger asked for."""
    return Answer({"status": "Accepted"}, follow=(Follow("report", calls=(call,)),))


def read_boot(payload: Payload) -> BootAnswer:
    """The answer to BootNotification: the same in both versions."""
    return BootAnswer(
        status=str(payload.get("status", "")).lower(),
        interval_s=min(max(0, int(payload.get("interval", 0))), INTERVAL_S_MAX),
        time=read_time(payload.get("currentTime")),
    )


def fitted_token(value: str, chars_max: int) -> str:
    """``value``, or, too long for this version, a text that is nobody else's token.

    Cut short alone it could be another customer's, who would be billed.
    """
    return value if len(value) <= chars_max else value[: chars_max - 1] + CUT_MARK


def text_fields(pairs: Mapping[str, tuple[str, int]]) -> Payload:
    """Optional text fields: cut to their longest, left out when empty."""
    return {name: text[:chars] for name, (text, chars) in pairs.items() if text}


def shortened(text: str, chars_max: int) -> str:
    """``text``, or its first whole sentences, or its first words, that fit."""
    if len(text) <= chars_max:
        return text
    sentences, end, _ = text[: chars_max + 1].rpartition(". ")
    if end:
        return sentences + "."
    room = chars_max - len(ELLIPSIS)
    words_only = text[: room + 1].rpartition(" ")[0]
    return (words_only or text[:room]) + ELLIPSIS


def unlock(
    station: StationPort, evse_id: int, ends_transaction: bool, answers: Mapping[str, Payload]
) -> Answer | Later:
    """Ask for the lock to open; ``answers`` spells what the station says, at once or later.

    ``answers`` has "unlocked", "failed", "no_lock" and "ongoing".
    """

    def translate(answer: Answer) -> Answer:
        if answer.error is not None:
            return answer
        return Answer(answers.get(str(answer.payload.get("status")), answers["failed"]))

    at_once: list[Answer] = []
    near, far = Later(), Later(at_once.append)
    word = station.unlock(evse_id, far, ends_transaction)
    if word != "started":
        return Answer(answers.get(word, answers["failed"]))
    if at_once:
        return translate(at_once[0])
    far.on_answer = lambda answer: near.answer(translate(answer))
    return near
