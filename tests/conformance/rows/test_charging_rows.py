"""Behaviours of OCPP 1.6 often got wrong that take a whole station: charging profiles."""

import re
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.ocpp16.bench16 import Bench
from tests.support.record import IN

DAY_S = 86_400


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


def profile(number: int, *rows: tuple[int, float], **fields: Any) -> dict[str, Any]:
    """A default profile from the transaction's start; ``schedule`` adds to its schedule."""
    unit = fields.pop("unit", "A")
    periods = [{"startPeriod": start, "limit": limit} for start, limit in rows]
    schedule = {"chargingRateUnit": unit, "chargingSchedulePeriod": periods}
    told = {
        "chargingProfileId": number,
        "stackLevel": 0,
        "chargingProfilePurpose": "TxDefaultProfile",
        "chargingProfileKind": "Relative",
        "chargingSchedule": schedule | fields.pop("schedule", {}),
    }
    return told | fields


async def install(made: Bench, told: dict[str, Any], connector: int = 1) -> None:
    asked = {"connectorId": connector, "csChargingProfiles": told}
    assert await made.status_of("SetChargingProfile", asked) == "Accepted"


async def composite(
    made: Bench, duration: int = 600, unit: str = "A"
) -> list[tuple[int, float, int | None]]:
    asked = {"connectorId": 1, "duration": duration, "chargingRateUnit": unit}
    rows = (await made.ask("GetCompositeSchedule", asked))["chargingSchedule"]
    return [
        (row["startPeriod"], row["limit"], row.get("numberPhases"))
        for row in rows["chargingSchedulePeriod"]
    ]


async def limits(made: Bench, duration: int = 600) -> list[float]:
    return [limit for _, limit, _ in await composite(made, duration)]


async def offered(made: Bench, limit_a: float) -> None:
    await made.until(lambda: made.seen()["limit_a"] == limit_a, 20)


async def leave(made: Bench) -> None:
    await made.end()


# Row 18: stacking (3.13.1, 5.16; errata 3.37: over a reboot too).


def test_row_18_the_same_id_and_the_same_place_replace(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        await install(made, profile(1, (0, 10.0)))
        await install(made, profile(1, (0, 9.0), stackLevel=3))
        await install(made, profile(2, (0, 8.0), stackLevel=3))
        assert await made.status_of("ClearChargingProfile", {"id": 1}) == "Unknown"
        await made.begin()
        await offered(made, 8.0)
        await leave(made)

    bench.play(case)


def test_row_18_the_own_default_of_a_connector_wins_over_that_of_all(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        await install(made, profile(1, (0, 7.0), stackLevel=5), connector=0)
        await install(made, profile(2, (0, 12.0)))
        await made.begin()
        await offered(made, 12.0)
        await leave(made)

    bench.play(case)


def test_row_18_profiles_outlive_a_power_cut_and_the_whole_station_binds(bench: Bench) -> None:
    async def story() -> None:
        async with bench.running():
            await bench.free()
            most = profile(1, (0, 9.0), chargingProfilePurpose="ChargePointMaxProfile",
                           chargingProfileKind="Absolute",
                           schedule={"startSchedule": bench.at(-60)})  # fmt: skip
            await install(bench, most, connector=0)
            await install(bench, profile(2, (0, 12.0)))
        async with bench.running():
            await bench.free()
            await bench.begin()
            await offered(bench, 9.0)
            assert await limits(bench) == [9.0]
            await leave(bench)

    bench.play_lives(story())


# Row 19: the arithmetic of schedules (3.13, 7.8 to 7.14; errata 3.34).


def test_row_19_a_schedule_that_is_over_gives_way_to_the_one_below(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        await install(made, profile(1, (0, 6.0)))
        await install(made, profile(2, (0, 10.0), stackLevel=1, schedule={"duration": 15}))
        await made.begin()
        await offered(made, 10.0)
        assert await limits(made) == [10.0, 6.0]
        await made.until(lambda: made.seen()["limit_a"] == 6.0, 20)
        await leave(made)

    bench.play(case)


def test_row_19_watts_are_for_three_phases_unless_it_is_said(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        await install(made, profile(1, (0, 6900.0), unit="W"))
        await made.begin()
        await offered(made, 10.0)
        assert await composite(made, unit="W") == [(0, 6900.0, None)]
        single = [{"startPeriod": 0, "limit": 2300.0, "numberPhases": 1}]
        told = profile(1, unit="W", schedule={"chargingSchedulePeriod": single})
        await install(made, told)
        assert await composite(made, unit="A") == [(0, 10.0, 1)]
        assert await composite(made, unit="W") == [(0, 2300.0, 1)]
        await install(made, profile(1, (0, 4140.0), unit="W"))
        await offered(made, 6.0)
        await leave(made)

    bench.play(case)


def test_row_19_a_daily_schedule_begins_anew_each_day(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        daily = profile(
            1,
            (0, 6.0),
            (3600, 12.0),
            chargingProfileKind="Recurring",
            recurrencyKind="Daily",
            schedule={"startSchedule": made.at(-3 * DAY_S - 1800), "duration": DAY_S},
        )
        await install(made, daily)
        await made.begin()
        await offered(made, 6.0)
        rows = await composite(made, DAY_S)
        assert [limit for _, limit, _ in rows] == [6.0, 12.0, 6.0]
        assert rows[2][0] - rows[1][0] == DAY_S - 3600
        await leave(made)

    bench.play(case)


# Row 20: the default changes the transaction that runs (errata 3.8).


def test_row_20_a_default_that_is_removed_lets_the_transaction_go_on(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        await made.begin()
        await offered(made, 20.0)
        await install(made, profile(1, (0, 8.0)))
        await offered(made, 8.0)
        await install(made, profile(1, (0, 11.0)))
        await offered(made, 11.0)
        assert await made.status_of("ClearChargingProfile", {"id": 1}) == "Accepted"
        await offered(made, 20.0)
        assert made.status() == "Charging"
        await leave(made)

    bench.play(case)
    bench.check()


# Seen 10: limits leave with one decimal, as text (ocpp-rpc #50).


def test_seen_10_limits_of_a_composite_schedule_have_one_decimal(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        rows = [(60 * number, round(4800.0 + 137.3 * number, 1)) for number in range(20)]
        await install(made, profile(1, *rows, unit="W"))
        await made.begin()
        asked = {"connectorId": 1, "duration": 1200, "chargingRateUnit": "A"}
        await made.ask("GetCompositeSchedule", asked)
        text = next(
            str(seen.text)
            for seen in reversed(made.watched.record.frames)
            if seen.direction == IN and "scheduleStart" in str(seen.text)
        )
        told = re.findall(r'"limit":\s*([^,}]+)', text)
        assert len(told) > 10
        assert [limit for limit in told if not re.fullmatch(r"\d+(\.\d)?", limit)] == []
        await leave(made)

    bench.play(case)
