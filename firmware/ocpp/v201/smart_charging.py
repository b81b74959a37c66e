"""Charging profiles in the words of OCPP 2.0.1: use cases K01 to K10.

What the standard forbids a central system is refused here, with a reason code; what a profile
means is for the station. Without ISO 15118 a profile has one schedule (K01.FR.34), and nothing
of K15 to K17 is ever sent.
"""

from collections.abc import Callable, Iterator
from itertools import groupby

from ampkeeper.firmware.charging_profile import CENTRAL_SYSTEM, Profile, Purpose, Unit
from ampkeeper.firmware.ocpp.dialect import Answer, Call, Follow, Later, Payload, StationPort
from ampkeeper.firmware.ocpp.v201.answers import status
from ampkeeper.firmware.ocpp.v201.profiles import (
    WORDS,
    composite_payload,
    profile_payload,
    read_profile,
    why_not_schedule,
)

EXTERNAL = "ChargingStationExternalConstraints"
PROFILES_PER_MESSAGE = 10  # in one ReportChargingProfiles: one of 100 periods has about 5 KiB

Handler = Callable[[Payload], Answer | Later]


class SmartCharging201:
    """The calls of block K."""

    words = WORDS

    def __init__(self, station: StationPort) -> None:
        self._station = station
        self.handlers: dict[str, Handler] = {
            "ClearChargingProfile": self._clear,
            "GetChargingProfiles": self._get,
            "GetCompositeSchedule": self._get_composite,
            "SetChargingProfile": self._set,
        }

    def of_remote_start(self, asked: Payload, evse_id: int) -> Profile | None:
        """The profile that a remote start brings; None if it is not one (F01.FR.08 to FR.11).

        It is for the transaction that is asked for, so it names none.
        """
        if asked["chargingProfilePurpose"] != "TxProfile" or "transactionId" in asked:
            return None
        if self._why_not(asked, evse_id) is not None:
            return None
        profile = self._read(asked, evse_id)
        return None if self._station.check_profile(profile) else profile

    def _set(self, payload: Payload) -> Answer:
        evse_id, asked = int(payload["evseId"]), payload["chargingProfile"]
        refusal = self._why_not(asked, evse_id) or self._why_not_tx(asked, evse_id)
        if refusal is not None:
            return refusal
        profile = self._read(asked, evse_id)
        if refusal := self._why_not_beside(profile):
            return refusal
        problem = self._station.set_profile(profile, by_id=True)
        return status("Rejected", "InvalidProfile", problem) if problem else status("Accepted")

    def _why_not(self, asked: Payload, evse_id: int) -> Answer | None:
        """The refusal of what no central system may send, or this station cannot do."""
        if evse_id not in (0, *self._station.evse_ids()):
            return status("Rejected", "UnknownEvse")  # K01.FR.28
        if asked["chargingProfilePurpose"] == EXTERNAL:
            return status("Rejected", "InvalidProfile", "only others set that")  # K01.FR.22
        schedules = asked["chargingSchedule"]
        if len(schedules) != 1:
            text = f"{len(schedules)} schedules; without ISO 15118 there is one"
            return status("Rejected", "InvalidSchedule", text)  # K01.FR.34
        can_switch = bool(self._station.variable("SmartChargingCtrlr.Phases3to1"))
        problem = why_not_schedule(asked, schedules[0], self._phases(evse_id), can_switch)
        return status("Rejected", "InvalidSchedule", problem) if problem else None

    def _why_not_tx(self, asked: Payload, evse_id: int) -> Answer | None:
        """A transaction's profile needs its transaction, running there (K01.FR.03, 09, 33)."""
        tx_id = asked.get("transactionId")
        if asked["chargingProfilePurpose"] != "TxProfile":
            return None if tx_id is None else status("Rejected", "InvalidProfile")
        if evse_id == 0:
            return status("Rejected", "InvalidProfile", "a TxProfile needs an EVSE")  # K01.FR.16
        if tx_id is None:
            return status("Rejected", "MissingParam", "transactionId")
        is_here = self._station.running_tx(evse_id) == tx_id
        return None if is_here else status("Rejected", "TxNotFound")

    def _why_not_beside(self, profile: Profile) -> Answer | None:
        """Two profiles of one level must not hold at once (K01.FR.06, 39, 52, 53)."""
        for old in self._station.profiles():
            if old.id == profile.id:
                if old.purpose is Purpose.EXTERNAL:
                    return status("Rejected", "InvalidProfile")  # K01.FR.05
                continue
            is_like = (old.purpose, old.stack_level) == (profile.purpose, profile.stack_level)
            is_default = profile.purpose is Purpose.TX_DEFAULT
            crosses = (
                is_default
                and old.evse_id != profile.evse_id
                and 0
                in (
                    old.evse_id,
                    profile.evse_id,
                )
            )
            is_there = old.evse_id == profile.evse_id and old.overlaps(profile)
            if is_like and (crosses or is_there):
                return status("Rejected", "DuplicateProfile", f"beside profile {old.id}")
        return None

    def _phases(self, evse_id: int) -> int:
        evse_ids = (evse_id,) if evse_id else self._station.evse_ids()
        return max(int(self._station.variable(f"EVSE@{each}.SupplyPhases")) for each in evse_ids)

    def _clear(self, payload: Payload) -> Answer:
        """What others set stays (K10.FR.04, FR.08, FR.09)."""
        criteria = payload.get("chargingProfileCriteria", {})
        purpose = criteria.get("chargingProfilePurpose")
        numbers = tuple(
            profile.id
            for profile in self._station.profiles()
            if profile.purpose is not Purpose.EXTERNAL
            and profile.matches(
                payload.get("chargingProfileId"),
                criteria.get("evseId"),
                None if purpose is None else self.words.purposes[purpose],
                criteria.get("stackLevel"),
            )
        )
        is_cleared = bool(numbers) and self._station.clear_profiles(numbers)
        return status("Accepted" if is_cleared else "Unknown")

    def _get(self, payload: Payload) -> Answer:
        """The answer first, then the profiles, those of one EVSE and source together (K09)."""
        found = [one for one in self._station.profiles() if self._is_wanted(one, payload)]
        if not found:
            return status("NoProfiles")
        reports = list(self._reports(found, int(payload["requestId"])))
        for report in reports[:-1]:
            report.payload["tbc"] = True  # K09.FR.02
        return Answer({"status": "Accepted"}, follow=(Follow("report", calls=tuple(reports)),))

    def _get_composite(self, payload: Payload) -> Answer:
        evse_id, duration_s = int(payload["evseId"]), int(payload["duration"])
        if evse_id not in (0, *self._station.evse_ids()):
            return status("Rejected", "UnknownEvse")  # K08.FR.05
        if duration_s <= 0:
            return status("Rejected", "InvalidValue", "duration")
        unit = Unit(payload.get("chargingRateUnit", Unit.AMPERE))
        composite = self._station.composite(evse_id, duration_s, unit)
        return Answer({"status": "Accepted", "schedule": composite_payload(composite, evse_id)})

    def _is_wanted(self, profile: Profile, payload: Payload) -> bool:
        """All fields have to fit (K09.FR.04 to FR.06)."""
        wanted = payload["chargingProfile"]
        purpose = wanted.get("chargingProfilePurpose")
        return (
            self.words.knows(profile)
            and payload.get("evseId") in (None, profile.evse_id)
            and profile.id in wanted.get("chargingProfileId", (profile.id,))
            and profile.source in wanted.get("chargingLimitSource", (profile.source,))
            and wanted.get("stackLevel") in (None, profile.stack_level)
            and (purpose is None or self.words.purposes[purpose] is profile.purpose)
        )

    def _reports(self, profiles: list[Profile], request_id: int) -> Iterator[Call]:
        """ReportChargingProfiles, each of one source and EVSE."""
        ordered = sorted(profiles, key=_origin)
        for (source, evse_id), group in groupby(ordered, key=_origin):
            rows = [self._payload(profile) for profile in group]
            for start in range(0, len(rows), PROFILES_PER_MESSAGE):
                payload: Payload = {
                    "requestId": request_id,
                    "chargingLimitSource": source,
                    "evseId": evse_id,
                    "chargingProfile": rows[start : start + PROFILES_PER_MESSAGE],
                }
                yield Call("ReportChargingProfiles", payload)

    def _read(self, asked: Payload, evse_id: int) -> Profile:
        return read_profile(asked, evse_id)

    def _payload(self, profile: Profile) -> Payload:
        return profile_payload(profile)


def _origin(profile: Profile) -> tuple[str, int]:
    return profile.source or CENTRAL_SYSTEM, profile.evse_id
