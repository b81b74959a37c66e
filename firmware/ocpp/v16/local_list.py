"""LocalAuthListManagement of OCPP 1.6 (5.10, 5.15): its two calls."""

from ampkeeper.firmware.local_list import ListEntry, ListUpdate
from ampkeeper.firmware.ocpp.dialect import Answer, Payload, StationPort
from ampkeeper.firmware.ocpp.v16.messages import verdict

WORDS = {
    "accepted": "Accepted",
    "failed": "Failed",
    "mismatch": "VersionMismatch",
    "not_supported": "NotSupported",
}


class LocalList16:
    """The calls of the LocalAuthListManagement profile."""

    def __init__(self, station: StationPort) -> None:
        self._station = station
        self.handlers = {"GetLocalListVersion": self._version, "SendLocalList": self._send}

    def _version(self, payload: Payload) -> Answer:
        return Answer({"listVersion": self._station.local_list.version()})

    def _send(self, payload: Payload) -> Answer:
        update = ListUpdate(
            version=int(payload["listVersion"]),
            is_full=payload["updateType"] == "Full",
            entries=tuple(_entry(row) for row in payload.get("localAuthorizationList", ())),
        )
        return Answer({"status": WORDS[self._station.local_list.update(update)]})


def _entry(row: Payload) -> ListEntry:
    """A token without a word on it is to go from the list."""
    info = row.get("idTagInfo")
    if info is None:
        return ListEntry(row["idTag"], None)
    told = verdict(info)
    return ListEntry(row["idTag"], told.status, told.group_id, told.expires)
