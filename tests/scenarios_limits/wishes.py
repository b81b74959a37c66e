"""What the scenarios set and read: default profiles in either version, and what a car draws."""

from typing import Any

from tests.support.virtual import Charger

SOON_S = 60.0  # 5 s between two steps of the pilot, the car's time, and the meter's next poll


async def set_default(made: Charger, current_a: float) -> str:
    """The central system limits every transaction; what the station said."""
    period = {"startPeriod": 0, "limit": current_a}
    schedule: dict[str, Any] = {"chargingRateUnit": "A", "chargingSchedulePeriod": [period]}
    profile: dict[str, Any] = {
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Relative",
    }
    if made.is_16:
        asked = {"connectorId": 1}
        asked["csChargingProfiles"] = profile | {
            "chargingProfileId": 1,
            "chargingSchedule": schedule,
        }
    else:
        asked = {"evseId": 1}
        asked["chargingProfile"] = profile | {
            "id": 1,
            "chargingSchedule": [schedule | {"id": 1}],
        }
    _, _, answer = await made.csms.call("AK0001", "SetChargingProfile", asked)
    return str(answer["status"])


async def clear_default(made: Charger) -> None:
    """The central system limits nothing any more."""
    asked = {"id": 1} if made.is_16 else {"chargingProfileId": 1}
    await made.csms.call("AK0001", "ClearChargingProfile", asked)


def drawn_a(made: Charger) -> float:
    """The most that the meter shows on any phase; 0 where it shows nothing yet."""
    reading = made.app.station.evses[1].register.latest()
    currents = reading.current_a if reading is not None else ()
    return max((current for current in currents if current is not None), default=0.0)


async def drawing(made: Charger, current_a: float) -> None:
    """Wait until the car takes so much, by the meter."""
    await made.until(lambda: abs(drawn_a(made) - current_a) <= 0.2, SOON_S)
