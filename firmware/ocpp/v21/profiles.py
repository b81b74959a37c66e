"""Charging profiles of OCPP 2.1: which of its additions this station takes.

A car is only charged here, by one limit for all phases: setpoints, discharging, limits of one
phase and signed prices are refused, never passed over in silence.
"""

from ampkeeper.firmware.ocpp.dialect import Answer, Payload
from ampkeeper.firmware.ocpp.v201.answers import status
from ampkeeper.firmware.ocpp.v201.profiles import KINDS, PURPOSES

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
        "customData",
    )
)
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
    if asked["chargingProfilePurpose"] not in PURPOSES:
        return status("Rejected", "UnsupportedPurpose")  # K01.FR.120
    if asked["chargingProfileKind"] not in KINDS:
        return status("Rejected", "UnsupportedKind")  # K01.FR.121
    if name := _unknown(asked, PROFILE_FIELDS):
        return status("Rejected", "InvalidProfile", f"{name} is not supported")
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


def _unknown(given: Payload, known: frozenset[str]) -> str:
    """The first field that is not known here and says something."""
    return next((name for name in given if name not in known and given[name] not in UNSET), "")


def _not_supported(what: str) -> Answer:
    return status("Rejected", "InvalidSchedule", f"{what} is not supported")
