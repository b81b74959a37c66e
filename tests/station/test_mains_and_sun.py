"""A house with sun and a mains meter, whole and in virtual time: world, drivers, station, books."""

import asyncio
import csv
import os
from pathlib import Path
from random import Random
from typing import Any

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.hal.memory_bus import MemoryBroker
from tests.support.virtual import Charger

SUN_H = float(os.environ.get("AMPKEEPER_SUN_H", "0.1"))  # of a day with clouds
STEP_S = 10
QUICK = {
    "surplus__start_delay_s": "30",
    "surplus__stop_delay_s": "60",
    "surplus__on_s_min": "60",
    "surplus__off_s_min": "60",
    "surplus__starts_per_hour": "6",
}


def house(charger: Charger, *current_a: float) -> None:
    values = list(current_a) if len(current_a) == 3 else list(current_a) * 3
    charger.world.grid.change({"house_a": values})


async def ask(charger: Charger, verb: str, **arguments: Any) -> dict[str, Any]:
    return await charger.app.api.answer(verb, arguments)


def test_the_mains_fuse_holds_whatever_the_house_does(tmp_path: Path) -> None:
    made = Charger(tmp_path, mains__source="meter", mains__fuse_a="25", mains__margin_a="0")

    async def play() -> None:
        async with made.running():
            house(made, 5.0)
            await made.charge(max_a=16)
            await asyncio.sleep(60)
            assert made.seen()["limited_by"] in ("board", "cable", "mains")
            assert max(made.car.current_ma) == pytest.approx(16_000, rel=0.02)
            house(made, 5.0, 16.0, 5.0)
            await asyncio.sleep(5)
            assert (made.seen()["limit_a"], made.seen()["limited_by"]) == (9.0, "mains")
            await asyncio.sleep(6)
            assert max(made.car.current_ma) <= 9_050
            house(made, 22.0)
            await asyncio.sleep(5)
            assert made.seen()["limit_a"] == 0.0
            house(made, 5.0)
            await made.until(lambda: max(made.car.current_ma) > 15_500, 300)
            await made.settle()

    run_virtual(play())
    made.check()


def test_the_owner_says_when_to_charge_and_is_told_what_follows(tmp_path: Path) -> None:
    made = Charger(tmp_path, mains__source="meter", **QUICK)

    async def play() -> None:
        async with made.running():
            house(made, 1.0)
            await made.charge()
            told = await ask(made, "mode", mode="surplus")
            assert told["mode"] == "surplus"
            await made.until(lambda: made.seen()["limit_a"] == 0.0)
            await asyncio.sleep(5)
            (evse,) = (await ask(made, "mode"))["evses"]
            assert evse["limited_by"] == "surplus"
            assert evse["reason"].startswith("waits for sun: 0.0 kW of 4.3 kW")
            told = await ask(made, "charge", now=True)
            assert told["evses"][0]["charge_now"] is True
            await made.until(lambda: max(made.car.current_ma) > 10_000)
            await ask(made, "charge", now=False)
            await made.until(lambda: made.seen()["limit_a"] == 0.0)
            told = await ask(made, "depart", by="23:59", energy_wh=90_000)
            assert told["evses"][0]["departure"]["energy_wh"] == 90_000
        async with made.running():
            assert (await ask(made, "mode"))["mode"] == "surplus", "after a power cut"
            for verb, wrong in (
                ("mode", {"mode": "sometimes"}),
                ("mode", {"mode": "schedule"}),
                ("mode", {"mode": "price"}),
                ("charge", {"now": 1}),
                ("charge", {"now": True, "evse": 7}),
                ("depart", {"by": "25:00", "energy_wh": 1}),
                ("depart", {"by": "23:59", "energy_wh": 0}),
                ("depart", {"by": "0001-01-01T00:00:00+14:00", "energy_wh": 1}),
                ("depart", {"by": "2020-01-01T00:00:00Z", "energy_wh": 1}),
                ("depart", {"by": "2027-01-01T00:00:00", "energy_wh": 1}),
                ("price", {"prices": "{}"}),
            ):
                with pytest.raises(LocalRefusedError):
                    await ask(made, verb, **wrong)
            made.unplug()
            await asyncio.sleep(60)

    run_virtual(play())


def test_little_sun_charges_on_one_phase_and_much_sun_on_three(tmp_path: Path) -> None:
    calm = {"phases__up_after_s": "30.0", "phases__down_after_s": "20.0"}
    calm["phases__between_s"] = "120.0"
    made = Charger(tmp_path, mains__source="meter", energy__mode="surplus", **QUICK, **calm)

    def used() -> int:
        return sum(each > 5_000 for each in made.car.current_ma)

    async def play() -> None:
        async with made.running():
            house(made, -4.0)
            await made.until(lambda: made.status() == "Available" and made.registered)
            made.plug()
            made.swipe()
            await made.until(lambda: used() == 1, 240)
            assert max(made.car.current_ma) <= 12_500
            house(made, -14.0)
            await made.until(lambda: used() == 3, 300)
            made.unplug()
            await asyncio.sleep(30)

    run_virtual(play())


def test_the_mains_meter_may_be_on_a_broker(tmp_path: Path) -> None:
    told = {"mqtt__url": "mqtt://127.0.0.1:1883", "mains__source": "mqtt", "mains__fuse_a": "25"}
    topics = '["em/1", "em/2", "em/3"]'
    made = Charger(tmp_path, mains__topics=topics, mains__unit_of_values="A", **told)
    broker = MemoryBroker()
    made.make_bus = lambda mqtt, own: broker.client()
    home = broker.client()

    async def say(house_a: float) -> None:
        """Somebody's home tells what flows at the mains, once a second."""
        while True:
            for phase in range(3):
                flows_a = house_a + made.car.current_ma[phase] / 1_000
                home.publish(f"em/{phase + 1}", f"{flows_a:.2f}".encode())
            await asyncio.sleep(1)

    async def play() -> None:
        async with asyncio.TaskGroup() as group:
            tasks = [group.create_task(home.run()), group.create_task(say(14.0))]
            async with made.running():
                await made.charge(max_a=16)
                await asyncio.sleep(30)
                assert made.seen()["limited_by"] == "mains"
                assert made.seen()["limit_a"] == pytest.approx(10.0, abs=0.3)
                tasks.pop().cancel()
                await asyncio.sleep(20)
                assert made.seen()["limit_a"] == 0.0
                await made.settle()
            tasks.pop().cancel()

    run_virtual(play())
    made.check()


def test_a_day_with_clouds_can_be_plotted_and_does_not_flap(tmp_path: Path) -> None:
    """``AMPKEEPER_SUN_H=10`` plays a whole day; the trace stays beside the books."""
    made = Charger(tmp_path, mains__source="meter", energy__mode="surplus", **QUICK)
    random, rows, starts = Random(7), [], 0

    async def play() -> None:
        nonlocal starts
        sun_a, was_on = 12.0, False
        async with made.running():
            house(made, -sun_a)
            await made.until(lambda: made.status() == "Available" and made.registered)
            made.plug()
            made.swipe()
            for step in range(int(SUN_H * 3_600 / STEP_S)):
                if step % 12 == 0:
                    sun_a = random.choice((0.0, 3.0, 8.0, 12.0, 15.0))
                house(made, 1.0 - sun_a)
                await asyncio.sleep(STEP_S)
                drawn_a = max(made.car.current_ma) / 1_000
                limit_a = made.seen()["limit_a"]
                starts += limit_a > 0 and not was_on
                was_on = limit_a > 0
                imported_a = 1.0 - sun_a + drawn_a
                rows.append((step * STEP_S, sun_a, limit_a, drawn_a, imported_a))
            made.unplug()
            await asyncio.sleep(60)

    run_virtual(play())
    with (tmp_path / "sun.csv").open("w", newline="") as opened:
        trace = csv.writer(opened)
        trace.writerow(("seconds", "sun_a", "limit_a", "drawn_a", "imported_a"))
        trace.writerows(rows)
    assert 1 <= starts <= 6 * max(1.0, SUN_H)
    assert any(drawn_a > 8.0 for *_, drawn_a, _ in rows)
    long_imports = [row for row in rows if row[4] > 7.5]
    assert len(long_imports) <= len(rows) / 4
