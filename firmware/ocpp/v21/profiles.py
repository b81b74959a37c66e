"""Charging profiles of OCPP 2.1 and our values; which of its additions this station takes.

A car is only charged here, by one limit for all phases: setpoints, discharging, limits of one
phase and signed prices are refused, never passed over in silence.
"""

from dataclasses import replace
from datetime import datetime

from ampkeeper.firmware.charging_profile import Kind, Profile, Purpose
from ampkeeper.firmware.ocpp.dialect import Answer, Payload
from ampkeeper.firmware.ocpp.v201 import profiles
from ampkeeper.firmware.ocpp.v201.answers import status
from ampkeeper.firmware.ocpp.wire import timestamp_s

WORDS = profiles.Words(
    {**profiles.PURPOSES, "PriorityCharging": Purpose.PRIORITY},
    {**profiles.KINDS, "Dynamic": Kind.DYNAMIC},
)

PROFILE_FIELDS = frozenset(
    (
        "id",
        "stackLevel",
        "chargingProfilePurpose",
        "chargingProfileKind",
        "recurrencyKind",
        "validFrom",
        "validTo",
        "transactionId",
        "chargingSchedule",
        "dynUpdateInterval",
        "dynUpdateTime",
        "customData",
    )
)
DYNAMIC_FIELDS = ("dynUpdateInterval", "dynUpdateTime")
SCHEDULE_FIELDS = frozenset(
    (
        "id",
        "startSchedule",
        "duration",
        "chargingRateUnit",
        "minChargingRate",
        "chargingSchedulePeriod",
        "salesTariff",
        "customData",
    )
)
PERIOD_FIELDS = frozenset(
    ("startPeriod", "limit", "numberPhases", "phaseToUse", "operationMode", "customData")
)
CHARGING = "ChargingOnly"
UNSET = (None, False, 0, CHARGING)  # what a field says that changes nothing


def why_not_profile(asked: Payload) -> Answer | None:
    """The refusal of what this station does not do with a profile; None: 2.0.1 goes on."""
    if asked["chargingProfilePurpose"] not in WORDS.purposes:
        return status("Rejected", "UnsupportedPurpose")  # K01.FR.120
    if asked["chargingProfileKind"] not in WORDS.kinds:
        return status("Rejected", "UnsupportedKind")  # K01.FR.121
    if name := _unknown(asked, PROFILE_FIELDS):
        return status("Rejected", "InvalidProfile", f"{name} is not supported")
    if asked["chargingProfileKind"] != "Dynamic" and (name := _said(asked, DYNAMIC_FIELDS)):
        return status("Rejected", "InvalidProfile", f"{name} of what is not dynamic")  # FR.122
    for schedule in asked["chargingSchedule"]:
        if name := _unknown(schedule, SCHEDULE_FIELDS):
            return _not_supported(name)  # K01.FR.123 to FR.126
        for period in schedule["chargingSchedulePeriod"]:
            if name := _unknown(period, PERIOD_FIELDS):
                return _not_supported(name)
            if period.get("operationMode", CHARGING) != CHARGING:
                return _not_supported(f"operationMode {period['operationMode']}")
            if "limit" not in period:
                return status("Rejected", "InvalidSchedule", "a period without a limit")
            if period.get("numberPhases") == 0:
                return status("Rejected", "InvalidSchedule", "numberPhases 0")
    return None


def read_profile(payload: Payload, evse_id: int, now: datetime) -> Profile:
    """The profile that a schema-checked ``chargingProfile`` with one schedule says."""
    profile = profiles.read_profile(payload, evse_id, WORDS)
    if profile.kind is not Kind.DYNAMIC:
        return profile
    told_s = int(now.timestamp())  # K28.FR.05; that of the central system is not taken
    interval_s = int(payload.get("dynUpdateInterval", 0))
    return replace(profile, update_interval_s=interval_s, updated_s=told_s)


def profile_payload(profile: Profile) -> Payload:
    """ChargingProfileType of an installed profile."""
    payload = profiles.profile_payload(profile, WORDS)
    if profile.update_interval_s:
        payload["dynUpdateInterval"] = profile.update_interval_s
    if profile.updated_s is not None:
        payload["dynUpdateTime"] = timestamp_s(profile.updated_s)
    return payload


def _said(given: Payload, names: tuple[str, ...]) -> str:
    """The first of these fields that says something."""
    return next((name for name in names if given.get(name) not in UNSET), "")


def _unknown(given: Payload, known: frozenset[str]) -> str:
    """The first field that is not known here and says something."""
    return next((name for name in given if name not in known and given[name] not in UNSET), "")


def _not_supported(what: str) -> Answer:
    return status("Rejected", "InvalidSchedule", f"{what} is not supported")
