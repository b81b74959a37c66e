"""What a 2.0.1 central system asks, over the whole way in virtual time, and what becomes of it."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from tests.support.rig import CAR, CARD, OTHER_CARD
from tests.support.virtual import STATION, Charger, run_cutting

TOKEN = {"idToken": CARD, "type": "ISO14443"}


def play(folder: Path, story: Callable[[Charger], Awaitable[Any]], **sets: str) -> Any:
    """Tell a story with a registered charger."""
    made = Charger(folder, "2.0.1", **sets)

    async def run(loop: Any) -> Any:
        async with made.running():
            await made.until(lambda: made.registered and made.status() == "Available")
            return await story(made)

    return run_cutting(run)


async def ask(made: Charger, action: str, payload: dict[str, Any] | None = None) -> dict[str, Any]:
    """Ask the station; its answer has to be one, and to keep to the schema."""
    frame = await made.csms.call(STATION, action, payload or {})
    assert frame[0] == 3, frame
    return dict(frame[2])


async def told(made: Charger, action: str, count: int = 1) -> list[dict[str, Any]]:
    """Wait for so many calls of the station."""
    calls = made.watched.record.calls
    await made.until(lambda: len(calls(action)) >= count, 900.0)
    return [dict(payload) for payload in calls(action)]


def after(made: Charger, seconds: float) -> str:
    return str((made.app.clock.now() + timedelta(seconds=seconds)).isoformat())


def test_a_reservation_keeps_strangers_out_and_its_end_is_told(tmp_path: Path) -> None:
    """TC_H_01, TC_H_20: reserved, a stranger refused, expired and told."""

    async def story(made: Charger) -> list[dict[str, Any]]:
        wish = {"id": 7, "expiryDateTime": after(made, 8), "idToken": TOKEN, "evseId": 1}
        assert await ask(made, "ReserveNow", wish) == {"status": "Accepted"}
        await made.until(lambda: made.status() == "Reserved")
        made.swipe(OTHER_CARD)
        await asyncio.sleep(3)
        assert made.told == []
        return await told(made, "ReservationStatusUpdate")

    ends = play(tmp_path, story)
    assert ends == [{"reservationId": 7, "reservationUpdateStatus": "Expired"}]


def test_the_transaction_of_a_reservation_names_it(tmp_path: Path) -> None:
    """TC_H_08: H01.FR.15."""

    async def story(made: Charger) -> list[dict[str, Any]]:
        wish = {"id": 7, "expiryDateTime": after(made, 60), "idToken": TOKEN}
        assert await ask(made, "ReserveNow", wish) == {"status": "Accepted"}
        made.plug(**CAR)
        made.swipe(CARD)
        await made.until(lambda: made.status() != "Reserved")
        return await told(made, "TransactionEvent")

    assert play(tmp_path, story)[0]["reservationId"] == 7


def test_a_profile_limits_the_car_is_reported_and_cleared(tmp_path: Path) -> None:
    """TC_K_60, TC_K_33, TC_K_05: a TxProfile at work."""

    async def story(made: Charger) -> None:
        await made.charge()
        (started, *_) = await told(made, "TransactionEvent")
        schedule = {
            "id": 1,
            "chargingRateUnit": "A",
            "chargingSchedulePeriod": [{"startPeriod": 0, "limit": 7.0}],
        }
        profile = {
            "id": 12,
            "stackLevel": 1,
            "chargingProfilePurpose": "TxProfile",
            "chargingProfileKind": "Relative",
            "chargingSchedule": [schedule],
            "transactionId": started["transactionInfo"]["transactionId"],
        }
        asked = {"evseId": 1, "chargingProfile": profile}
        assert await ask(made, "SetChargingProfile", asked) == {"status": "Accepted"}
        await made.until(lambda: made.seen()["limit_a"] == 7.0)
        query = {"requestId": 1, "chargingProfile": {"chargingProfilePurpose": "TxProfile"}}
        assert await ask(made, "GetChargingProfiles", query) == {"status": "Accepted"}
        (report,) = await told(made, "ReportChargingProfiles")
        assert report["chargingProfile"] == [profile]
        assert (report["evseId"], report["chargingLimitSource"]) == (1, "CSO")
        composite = await ask(made, "GetCompositeSchedule", {"evseId": 1, "duration": 60})
        periods = composite["schedule"]["chargingSchedulePeriod"]
        assert periods == [{"startPeriod": 0, "limit": 7.0}]
        cleared = await ask(made, "ClearChargingProfile", {"chargingProfileId": 12})
        assert cleared == {"status": "Accepted"}
        await made.until(lambda: made.seen()["limit_a"] > 7.0)

    play(tmp_path, story)


def test_a_message_is_shown_in_the_status_and_outlives_a_power_cut(tmp_path: Path) -> None:
    """TC_O_01, TC_O_13: O01.FR.10."""

    async def story(made: Charger) -> None:
        text = {"format": "UTF8", "content": "Mind the step"}
        message = {"id": 3, "priority": "AlwaysFront", "message": text}
        assert await ask(made, "SetDisplayMessage", {"message": message}) == {"status": "Accepted"}
        status = await made.app.api.answer("status", {})
        assert status["evses"][0]["message"] == "Mind the step"

    async def afterwards(made: Charger) -> None:
        await made.until(lambda: made.app.station.display.text(1) == "Mind the step")
        assert await ask(made, "GetDisplayMessages", {"requestId": 1}) == {"status": "Accepted"}
        (page,) = await told(made, "NotifyDisplayMessages")
        assert [row["id"] for row in page["messageInfo"]] == [3]

    play(tmp_path, story)
    play(tmp_path, afterwards)


def test_what_is_known_of_a_customer_is_told_and_forgotten(tmp_path: Path) -> None:
    """TC_N_27, TC_N_30, TC_N_62: N09.FR.05, N10.FR.03."""

    async def story(made: Charger) -> list[str]:
        await made.charge()
        await made.settle()
        person = {"requestId": 1, "report": True, "clear": True, "idToken": TOKEN}
        assert await ask(made, "CustomerInformation", person) == {"status": "Accepted"}
        await told(made, "NotifyCustomerInformation", 1)
        assert await ask(made, "CustomerInformation", person) == {"status": "Accepted"}
        pages = await told(made, "NotifyCustomerInformation", 2)
        assert [page["tbc"] for page in pages] == [False, False]
        rows = (await made.app.api.answer("sessions", {}))["sessions"]
        assert [row["id_tag"] for row in rows] == [None]
        return [page["data"] for page in pages]

    first, second = play(tmp_path, story)
    assert first.startswith("cache: Accepted")
    assert "session " in first
    assert second == "no data"


def test_a_limit_from_outside_is_told_reported_and_not_cleared(tmp_path: Path) -> None:
    """K11, K13, K10.FR.08: set and released at the station's own door."""

    async def story(made: Charger) -> None:
        await made.charge()
        assert await made.app.api.answer("limit", {"current_a": 8.0, "source": "EMS"})
        await told(made, "NotifyChargingLimit")
        await made.until(lambda: made.seen()["limit_a"] == 8.0)
        source = {"chargingProfile": {"chargingLimitSource": ["EMS"]}, "requestId": 1}
        assert await ask(made, "GetChargingProfiles", source) == {"status": "Accepted"}
        (report,) = await told(made, "ReportChargingProfiles")
        (found,) = report["chargingProfile"]
        assert found["chargingProfilePurpose"] == "ChargingStationExternalConstraints"
        clear = {"chargingProfileId": found["id"]}
        assert await ask(made, "ClearChargingProfile", clear) == {"status": "Unknown"}
        assert await made.app.api.answer("limit", {"source": "EMS"})
        assert await told(made, "ClearedChargingLimit") == [{"chargingLimitSource": "EMS"}]
        reasons = {event["triggerReason"] for event in await told(made, "TransactionEvent")}
        assert "ChargingRateChanged" in reasons

    play(tmp_path, story)
