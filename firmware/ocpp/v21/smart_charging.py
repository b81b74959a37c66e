"""Charging profiles in the words of OCPP 2.1: what it adds to block K.

Dynamic profiles (K28) and priority charging (K21); what these mean is for the station.
"""

from ampkeeper.firmware.charging_profile import Kind, Profile
from ampkeeper.firmware.ocpp.dialect import Answer, Call, Follow, Payload, StationPort
from ampkeeper.firmware.ocpp.schedule_update import limit_of
from ampkeeper.firmware.ocpp.v21.profiles import WORDS, profile_payload, read_profile
from ampkeeper.firmware.ocpp.v201.answers import status
from ampkeeper.firmware.ocpp.v201.smart_charging import SmartCharging201

PRIORITY_ANSWERS = {
    "accepted": ("Accepted", ""),
    "unchanged": ("Accepted", ""),  # K21.FR.06
    "no_profile": ("NoProfile", "NotFound"),
    "no_transaction": ("Rejected", "TxNotFound"),
    "rejected": ("Rejected", ""),
}


class SmartCharging21(SmartCharging201):
    """The calls of block K."""

    words = WORDS

    def __init__(self, station: StationPort) -> None:
        super().__init__(station)
        self.handlers |= {
            "UpdateDynamicSchedule": self._update,
            "UsePriorityCharging": self._prefer,
        }

    def _update(self, payload: Payload) -> Answer:
        """One limit for all phases; anything else cannot be told to the car (K28.FR.06, 11)."""
        limit = limit_of(payload["scheduleUpdate"])
        if limit is None:
            return status("Rejected", "UnsupportedParam", "nothing but limit")
        if self._station.update_profile(int(payload["chargingProfileId"]), limit):
            return status("Accepted")
        return status("Rejected", "InvalidProfile")

    def _prefer(self, payload: Payload) -> Answer:
        """The answer first, then that it is so (K21.FR.05, FR.08)."""
        tx_id, is_on = payload["transactionId"], bool(payload["activate"])
        word = self._station.prefer(tx_id, is_on)
        answer = status(*PRIORITY_ANSWERS[word])
        if word != "accepted":
            return answer
        told = Call("NotifyPriorityCharging", {"transactionId": tx_id, "activated": is_on})
        return Answer(answer.payload, follow=(Follow("report", calls=(told,)),))

    def _read(self, asked: Payload, evse_id: int) -> Profile:
        profile = read_profile(asked, evse_id, self._station.now())
        assert profile.kind is not Kind.DYNAMIC or profile.updated_s is not None
        return profile

    def _payload(self, profile: Profile) -> Payload:
        return profile_payload(profile)
