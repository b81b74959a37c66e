"""Charging profiles between the payloads of OCPP 2.0.1 and our values: ChargingProfileType."""

from collections.abc import Mapping
from dataclasses import dataclass

from ampkeeper.firmware.charging_profile import (
    DAY_S,
    WEEK_S,
    Composite,
    Kind,
    Period,
    Profile,
    Purpose,
    Unit,
    limit_of,
)
from ampkeeper.firmware.ocpp.dialect import Call, Payload
from ampkeeper.firmware.ocpp.wire import good_time, timestamp_s

PURPOSES = {
    "ChargingStationExternalConstraints": Purpose.EXTERNAL,
    "ChargingStationMaxProfile": Purpose.STATION_MAX,
    "TxDefaultProfile": Purpose.TX_DEFAULT,
    "TxProfile": Purpose.TX,
}
KINDS = {"Absolute": Kind.ABSOLUTE, "Recurring": Kind.RECURRING, "Relative": Kind.RELATIVE}
RECURRENCES = {"Daily": DAY_S, "Weekly": WEEK_S}
RECURRENCE_NAMES = {length_s: name for name, length_s in RECURRENCES.items()}
WITH_SCHEDULES = "SmartChargingCtrlr.NotifyChargingLimitWithSchedules"


@dataclass(frozen=True, slots=True)
class Words:
    """Which purposes and kinds a version has words for, and which."""

    purposes: Mapping[str, Purpose]
    kinds: Mapping[str, Kind]

    def knows(self, profile: Profile) -> bool:
        """True if the profile can be told."""
        return profile.purpose in self.purposes.values() and profile.kind in self.kinds.values()

    def purpose(self, profile: Profile) -> str:
        """The name of its purpose."""
        return next(name for name, each in self.purposes.items() if each is profile.purpose)

    def kind(self, profile: Profile) -> str:
        """The name of its kind."""
        return next(name for name, each in self.kinds.items() if each is profile.kind)


WORDS = Words(PURPOSES, KINDS)
FIRST = 1  # L1, the phase that stays where one of three is switched to
DECIMALS = 1  # of a limit, as 2.0.1 says of ChargingSchedulePeriodType


def why_not_schedule(asked: Payload, schedule: Payload, phases: int, can_switch: bool) -> str:
    """What is wrong with the only schedule of a profile, in words; empty: nothing.

    ``phases``: of the EVSE.
    """
    kind = asked["chargingProfileKind"]
    if kind == "Relative" and "startSchedule" in schedule:
        return "a relative schedule has no startSchedule"  # K01.FR.41
    if kind in ("Absolute", "Recurring") and "startSchedule" not in schedule:
        return f"{kind} needs a startSchedule"  # K01.FR.40
    if kind == "Recurring" and "recurrencyKind" not in asked:
        return "Recurring needs a recurrencyKind"
    for period in schedule["chargingSchedulePeriod"]:
        if problem := _why_not_phases(period, phases, can_switch):
            return problem
    return "salesTariff needs ISO 15118" if "salesTariff" in schedule else ""


def _why_not_phases(period: Payload, phases: int, can_switch: bool) -> str:
    """Fewer phases are promised only where one of three can be switched to (K01.FR.43).

    Which one is not for others to choose (K01.FR.48), but for the one that it is (K01.FR.46). More
    phases than there are are taken for all (K01.FR.45).
    """
    number = int(period.get("numberPhases", phases))
    if number < phases and not (can_switch and number == FIRST):
        kept = "only 1 or all can be kept to" if can_switch else f"{phases} phases stay {phases}"
        return f"numberPhases {number}: {kept}"
    if "phaseToUse" not in period:
        return ""
    is_first = number == int(period["phaseToUse"]) == FIRST
    return "" if is_first and can_switch else f"phaseToUse {period['phaseToUse']}: cannot be chosen"


def read_profile(payload: Payload, evse_id: int, words: Words = WORDS) -> Profile:
    """The profile that a schema-checked ``chargingProfile`` with one schedule says."""
    (schedule,) = payload["chargingSchedule"]
    return Profile(
        id=int(payload["id"]),
        evse_id=evse_id,
        purpose=words.purposes[payload["chargingProfilePurpose"]],
        stack_level=int(payload["stackLevel"]),
        kind=words.kinds[payload["chargingProfileKind"]],
        unit=Unit(schedule["chargingRateUnit"]),
        periods=tuple(_period(row) for row in schedule["chargingSchedulePeriod"]),
        start_s=_seconds(schedule, "startSchedule"),
        duration_s=None if "duration" not in schedule else int(schedule["duration"]),
        recurrence_s=RECURRENCES[payload.get("recurrencyKind", "Daily")],
        valid_from_s=_seconds(payload, "validFrom"),
        valid_to_s=_seconds(payload, "validTo"),
        tx_id=payload.get("transactionId"),
        schedule_id=int(schedule["id"]),
        min_rate=schedule.get("minChargingRate"),
    )


def profile_payload(profile: Profile, words: Words = WORDS) -> Payload:
    """ChargingProfileType of an installed profile."""
    schedule: Payload = {
        "id": profile.schedule_id,
        "chargingRateUnit": profile.unit.value,
        "chargingSchedulePeriod": [_period_payload(period) for period in profile.periods],
    }
    if profile.start_s is not None:
        schedule["startSchedule"] = timestamp_s(profile.start_s)
    if profile.duration_s is not None:
        schedule["duration"] = profile.duration_s
    if profile.min_rate is not None:
        schedule["minChargingRate"] = profile.min_rate
    payload: Payload = {
        "id": profile.id,
        "stackLevel": profile.stack_level,
        "chargingProfilePurpose": words.purpose(profile),
        "chargingProfileKind": words.kind(profile),
        "chargingSchedule": [schedule],
    }
    if profile.kind is Kind.RECURRING:
        payload["recurrencyKind"] = RECURRENCE_NAMES[profile.recurrence_s]
    if profile.valid_from_s is not None:
        payload["validFrom"] = timestamp_s(profile.valid_from_s)
    if profile.valid_to_s is not None:
        payload["validTo"] = timestamp_s(profile.valid_to_s)
    if profile.tx_id is not None:
        payload["transactionId"] = profile.tx_id
    return payload


def outside_limit(source: str, evse_id: int, limit: Profile | None, has_schedule: bool) -> Call:
    """NotifyChargingLimit (K11, K12), or ClearedChargingLimit where there is none (K13)."""
    place = {"evseId": evse_id} if evse_id else {}
    if limit is None:
        return Call("ClearedChargingLimit", {"chargingLimitSource": source} | place)
    payload: Payload = {"chargingLimit": {"chargingLimitSource": source}} | place
    if has_schedule:
        payload["chargingSchedule"] = profile_payload(limit)["chargingSchedule"]
    return Call("NotifyChargingLimit", payload)


def composite_payload(composite: Composite, evse_id: int) -> Payload:
    """CompositeScheduleType."""
    return {
        "evseId": evse_id,
        "duration": composite.duration_s,
        "scheduleStart": timestamp_s(composite.from_s),
        "chargingRateUnit": composite.unit.value,
        "chargingSchedulePeriod": [_period_payload(period) for period in composite.periods],
    }


def _period(row: Payload) -> Period:
    phases = row.get("numberPhases")
    return Period(
        int(row["startPeriod"]), limit_of(row["limit"]), None if phases is None else int(phases)
    )


def _period_payload(period: Period) -> Payload:
    row: Payload = {"startPeriod": period.start_s, "limit": round(period.limit, DECIMALS)}
    if period.phases is not None:
        row["numberPhases"] = period.phases
    return row


def _seconds(payload: Payload, name: str) -> int | None:
    return int(good_time(payload[name]).timestamp()) if name in payload else None
