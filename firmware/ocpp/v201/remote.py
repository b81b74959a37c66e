"""Remote start and stop in the words of OCPP 2.0.1: use cases F01 to F04, K05 and H03."""

from collections.abc import Callable

from ampkeeper.firmware.facts import IdToken
from ampkeeper.firmware.ocpp.dialect import Answer, Later, Payload, StationPort
from ampkeeper.firmware.ocpp.v201.answers import status
from ampkeeper.firmware.ocpp.v201.smart_charging import SmartCharging201

Handler = Callable[[Payload], Answer | Later]


class Remote201:
    """RequestStartTransaction and RequestStopTransaction."""

    def __init__(self, station: StationPort, smart: SmartCharging201) -> None:
        self._station = station
        self._smart = smart
        self.handlers: dict[str, Handler] = {
            "RequestStartTransaction": self._start,
            "RequestStopTransaction": self._stop,
        }

    def _start(self, payload: Payload) -> Answer:
        evse_id = payload.get("evseId")
        if evse_id is not None and evse_id not in self._station.evse_ids():
            return status("Rejected", "UnknownEvse")
        profile = None
        if "chargingProfile" in payload:
            profile = self._smart.of_remote_start(payload["chargingProfile"], int(evse_id or 1))
            if profile is None:
                return status("Rejected", "InvalidProfile")  # F02.FR.27, K05.FR.05
        asked, group = payload["idToken"], payload.get("groupIdToken")
        is_accepted, tx_id = self._station.remote_start(
            None if evse_id is None else int(evse_id),
            IdToken(asked["idToken"], asked["type"], _extra(asked)),
            int(payload["remoteStartId"]),
            profile,
            None if group is None else group["idToken"],
        )
        answer: Payload = {"status": "Accepted" if is_accepted else "Rejected"}
        if is_accepted and tx_id is not None:
            answer["transactionId"] = tx_id  # F01.FR.13
        return Answer(answer)

    def _stop(self, payload: Payload) -> Answer:
        is_accepted = self._station.remote_stop(payload["transactionId"])
        return status("Accepted") if is_accepted else status("Rejected", "TxNotFound")


def _extra(asked: Payload) -> tuple[tuple[str, str], ...]:
    """AdditionalInfoType: the type first."""
    rows = asked.get("additionalInfo", ())
    return tuple((row["type"], row["additionalIdToken"]) for row in rows)
