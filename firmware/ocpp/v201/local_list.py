"""The local authorisation list in the words of OCPP 2.0.1: use cases D01 and D02."""

from collections.abc import Callable

from ampkeeper.firmware.facts import IdToken
from ampkeeper.firmware.local_list import EMPTY, ListEntry, ListUpdate
from ampkeeper.firmware.ocpp.dialect import Answer, Later, Payload, StationPort
from ampkeeper.firmware.ocpp.v201.answers import status
from ampkeeper.firmware.ocpp.v201.messages import verdict
from ampkeeper.firmware.ocpp.wire import size_bytes

WORDS = {
    "accepted": "Accepted",
    "failed": "Failed",
    "mismatch": "VersionMismatch",
    "not_supported": "Failed",  # 2.0.1 has no other word for a list that is switched off
}
ITEMS_MAX = "LocalAuthListCtrlr.ItemsPerMessage"
BYTES_MAX = "LocalAuthListCtrlr.BytesPerMessage"

Handler = Callable[[Payload], Answer | Later]


class LocalList201:
    """SendLocalList and GetLocalListVersion."""

    def __init__(self, station: StationPort) -> None:
        self._station = station
        self.handlers: dict[str, Handler] = {
            "GetLocalListVersion": self._version,
            "SendLocalList": self._send,
        }

    def _version(self, payload: Payload) -> Answer:
        """0 as long as there is none, also where it is switched off (D02.FR.02, FR.03)."""
        return Answer({"versionNumber": max(EMPTY, self._station.local_list.version())})

    def _send(self, payload: Payload) -> Answer:
        rows = payload.get("localAuthorizationList", ())
        if too_much := self._too_much(payload, rows):
            return status("Failed", too_much)
        update = ListUpdate(
            version=int(payload["versionNumber"]),
            is_full=payload["updateType"] == "Full",
            entries=tuple(_entry(row) for row in rows),
            names_empty=True,
        )
        word = self._station.local_list.update(update)
        reason = {"failed": "InvalidValue", "not_supported": "NotEnabled"}.get(word, "")
        return status(WORDS[word], reason)

    def _too_much(self, payload: Payload, rows: list[Payload]) -> str:
        """The reason code of what is over ItemsPerMessage or BytesPerMessage (D01.FR.11)."""
        if len(rows) > int(self._station.variable(ITEMS_MAX)):
            return "TooManyElements"
        is_long = size_bytes(payload) > int(self._station.variable(BYTES_MAX))
        return "TooLargeElement" if is_long else ""


def _entry(row: Payload) -> ListEntry:
    """A token without a word on it is to go from the list (D01.FR.17)."""
    named, info = row["idToken"], row.get("idTokenInfo")
    token = IdToken(named["idToken"], named["type"]).key
    if info is None:
        return ListEntry(token, None)
    told = verdict(info)
    return ListEntry(token, told.status, told.group_id, told.expires, told.evse_ids)
