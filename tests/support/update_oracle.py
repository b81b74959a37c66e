"""Update oracle: what a central system may hear of updates, in which order, over any power cut.

From OCPP 1.6 sections 4.5 and 6.31, the security whitepaper and L01 of 2.x, not from our own table.
Pure: it judges what was seen on the wire. A message that is sent again is heard once, so is an
event of the same time and words; the last two statuses may be told once more after a start.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from tests.support.record import BOOT, Record

PLAIN, SIGNED = "FirmwareStatusNotification", "SignedFirmwareStatusNotification"
EVENT = "SecurityEventNotification"
UPDATED, FORGED = (
    "FirmwareUpdated",
    ("InvalidFirmwareSignature", "InvalidFirmwareSigningCertificate"),
)
FAILED = "InstallationFailed"
UNFIT, BAD = "InstallVerificationFailed", "InvalidSignature"
ENDS = ("DownloadFailed", FAILED, UNFIT, BAD, "Installed")
OWED_MAX = 2  # the next is told while it is written down that the one before was answered
AGAIN = ("Installing", "InstallScheduled")  # a power cut lets an installation begin anew

# fmt: off
NEXT_PLAIN = {
    "":            ("Downloading",),
    "Downloading": ("Downloaded", "DownloadFailed", FAILED),
    "Downloaded":  ("Installing", "DownloadFailed", FAILED),
    "Installing":  ("Installed", FAILED),
}
NEXT = {
    "":                  ("DownloadScheduled", "Downloading"),
    "DownloadScheduled": ("Downloading",),
    "Downloading":       ("Downloaded", "DownloadFailed", BAD, UNFIT),
    "Downloaded":        ("SignatureVerified", BAD, "DownloadFailed"),
    "SignatureVerified": ("InstallScheduled", "Installing", BAD, UNFIT, FAILED),
    "InstallScheduled":  ("InstallScheduled", "Installing", BAD, UNFIT, FAILED),
    "Installing":        ("InstallRebooting", "Installed", BAD, UNFIT, FAILED),
    "InstallRebooting":  ("Installed", FAILED),
}
# fmt: on


@dataclass(slots=True)
class _Order:
    """One update as it is heard."""

    version: str  # that ran when it was ordered
    began: int  # starts of the station, then
    anew: int = 0  # starts, when its installation last began anew
    told: str = ""
    starts: int = 0  # of the station, when that was told
    path: list[str] = field(default_factory=list)
    told_again: int = 0  # starts when it began to be told once more
    again: list[str] = field(default_factory=list)  # what is still owed of what was told before


def update_breaches(record: Record) -> list[str]:
    """Everything that was told of updates and is not what OCPP has, or is not so."""
    return list(_Listener().heard(record))


class _Listener:
    def __init__(self) -> None:
        self._orders: dict[Any, _Order] = {}
        self._messages: set[str] = set()
        self._version = ""
        self._starts = 0
        self._installed = 0
        self._noted: list[str] = []
        self._events: list[Any] = []

    def heard(self, record: Record) -> Iterator[str]:
        """What is wrong, frame by frame and at the end."""
        for seen in record.frames:
            if not seen.is_call or seen.parts[1] in self._messages:
                continue
            _, message_id, action, payload = seen.parts
            self._messages.add(message_id)
            if action == BOOT:
                self._version = _version_in(payload)
                self._starts += 1
            elif action == EVENT and payload not in self._events:  # until it is answered
                self._events.append(payload)
                self._noted.append(payload["type"])
            elif action in (PLAIN, SIGNED) and payload["status"] != "Idle":
                is_plain = action == PLAIN and "requestId" not in payload
                yield from self._status(payload, NEXT_PLAIN if is_plain else NEXT)
        if self._noted.count(UPDATED) != self._installed:
            yield f"{self._noted.count(UPDATED)} times {UPDATED}, {self._installed} times Installed"

    def _is_told_again(self, order: _Order, status: str) -> bool:
        """True for what is told once more since the power went before its answer was kept."""
        if order.again and status == order.again[0]:
            order.told = order.again.pop(0)
            return True
        owed = order.path[-OWED_MAX:]
        if self._starts <= max(order.starts, order.told_again) or status not in owed:
            return False
        order.told, order.told_again = status, self._starts
        order.again = owed[owed.index(status) + 1 :]
        return True

    def _status(self, payload: Any, after: dict[str, tuple[str, ...]]) -> Iterator[str]:
        number, status = payload.get("requestId"), payload["status"]
        order = self._orders.get(number)
        if order is not None and self._is_told_again(order, status):
            return
        if order is None or order.told in ENDS:
            order = self._orders[number] = _Order(self._version, self._starts)
        is_later = self._starts > max(order.began, order.anew)
        is_anew = status in AGAIN and order.told in AGAIN and is_later
        if status not in after.get(order.told, ()) and not is_anew:
            yield f"order {number}: {status} after {order.path or 'nothing'}"
        order.anew = self._starts if is_anew else order.anew
        order.told, order.starts = status, self._starts
        order.path.append(status)
        is_other = self._version != order.version
        if status == "Installed":
            self._installed += 1
            if not is_other:
                yield f"order {number}: Installed, and {self._version} runs as before"
        elif is_other and status in ENDS:
            yield f"order {number}: {status}, and {self._version} runs"
        if status == BAD and not set(FORGED) & set(self._noted):
            yield f"order {number}: {BAD} without a security event"


def _version_in(payload: Any) -> str:
    station = payload.get("chargingStation", payload)
    return str(station.get("firmwareVersion", ""))
