"""Reservations over the whole way: made by the central system, kept over a power cut, used."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.support.rig import CAR, CARD, OTHER_CARD, Rig, rig

pytestmark = pytest.mark.process


async def reserve(made: Rig, minutes: float = 60.0, **fields: Any) -> str:
    until = datetime.now(UTC) + timedelta(minutes=minutes)
    payload = {
        "connectorId": 1,
        "expiryDate": until.isoformat(),
        "idTag": CARD,
        "reservationId": 5,
    }
    return str((await made.call("ReserveNow", payload | fields))["status"])


async def test_a_reservation_outlives_a_power_cut_and_lets_only_its_holder_charge(
    tmp_path: Path,
) -> None:
    async with rig(tmp_path, "1.6") as made:
        await made.registered()
        assert await reserve(made) == "Accepted"
        await made.charger.until_status("Reserved")
        known = len(made.csms.record.lives)
        await made.cut()
        await made.charger.start()
        await made.reconnected(known)
        await made.charger.until_status("Reserved")
        await made.charger.car(plugged=True, **CAR)
        await made.charger.swipe(OTHER_CARD)
        await made.charger.swipe(CARD)
        await made.charger.until_status("Charging")
        await made.charger.car(plugged=False)
        await made.over()
        starts = made.csms.record.calls("StartTransaction")
        assert [(told["idTag"], told.get("reservationId")) for told in starts] == [(CARD, 5)]
        assert (await made.call("CancelReservation", {"reservationId": 5})) == {
            "status": "Rejected"
        }
