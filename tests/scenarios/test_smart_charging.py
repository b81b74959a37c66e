"""Charging profiles over the whole way: told by the central system, seen on the pilot."""

from pathlib import Path
from typing import Any

import pytest

from tests.support.rig import CAR, CARD, Rig, rig

pytestmark = pytest.mark.process


def profile(limit: float, **fields: Any) -> dict[str, Any]:
    """A default of the station in the words of 1.6."""
    unit = fields.pop("unit", "A")
    rows = [{"startPeriod": 0, "limit": limit}]
    schedule = {"chargingRateUnit": unit, "chargingSchedulePeriod": rows}
    told = {
        "chargingProfileId": 1,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": schedule,
    }
    return told | fields


async def set_profile(made: Rig, connector_id: int, told: dict[str, Any]) -> str:
    payload = {"connectorId": connector_id, "csChargingProfiles": told}
    return str((await made.call("SetChargingProfile", payload))["status"])


async def limited(made: Rig, limit_a: float, by: str) -> dict[str, Any]:
    return await made.charger.until(
        f"{limit_a} A by {by}",
        lambda evse: (evse["limit_a"], evse["limited_by"]) == (limit_a, by),
    )


async def test_a_default_limits_at_once_and_outlives_a_power_cut(tmp_path: Path) -> None:
    async with rig(tmp_path, "1.6") as made:
        await made.charger.car(plugged=True, **CAR)
        await made.charger.swipe(CARD)
        await made.charger.until_status("Charging")
        assert await set_profile(made, 0, profile(10.0)) == "Accepted"
        await limited(made, 10.0, "profile_default")
        evse = await made.charger.until(
            "the car is told", lambda evse: evse["pilot"]["duty_permille"] in (166, 167)
        )
        assert evse["contactor"] == "closed"
        known = len(made.csms.record.lives)
        await made.cut()
        await made.charger.start()
        await made.reconnected(known)
        await limited(made, 10.0, "profile_default")
        asked = {"connectorId": 1, "duration": 600, "chargingRateUnit": "W"}
        told = await made.call("GetCompositeSchedule", asked)
        assert told["chargingSchedule"]["chargingSchedulePeriod"] == [
            {"startPeriod": 0, "limit": 6900.0}
        ]
        assert await made.call("ClearChargingProfile", {}) == {"status": "Accepted"}
        await limited(made, 20.0, "cable")


async def test_0_a_pauses_and_the_transactions_own_profile_wins(tmp_path: Path) -> None:
    async with rig(tmp_path, "1.6") as made:
        assert await set_profile(made, 1, profile(0.0)) == "Accepted"
        await made.charger.car(plugged=True, **CAR)
        await made.charger.swipe(CARD)
        evse = await made.charger.until_status("SuspendedEVSE")
        assert (evse["limit_a"], evse["contactor"]) == (0.0, "open")
        own = profile(3_680.0 * 3, unit="W", chargingProfilePurpose="TxProfile")
        own["chargingProfileId"] = 2
        assert await set_profile(made, 1, own) == "Accepted"
        await made.charger.until_status("Charging")
        await limited(made, 16.0, "profile_tx")
        await made.charger.car(plugged=False)
        await made.over()
        assert await made.call("ClearChargingProfile", {"id": 2}) == {"status": "Unknown"}
