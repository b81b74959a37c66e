"""A grid operator's control box at a whole charger: its contact, and what is written of it."""

import asyncio
from pathlib import Path

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.firmware.energy.grid_evidence import FIELDS, GridEvent, first_broken
from ampkeeper.firmware.faces.cli.grid import FIRST, LAST
from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.store.store import STORE_FILE, open_read_only
from tests.support.virtual import Charger


def wired(folder: Path) -> Charger:
    return Charger(folder, grid__input="line")


def set_line(made: Charger, **values: object) -> None:
    made.world.grid.change(values)


def evidence(made: Charger) -> list[GridEvent]:
    store = open_read_only(made.state_dir / STORE_FILE)
    try:
        found = store.grid_events(FIRST, LAST)
    finally:
        store.close()
    return [GridEvent(**{name: getattr(row, name) for name in FIELDS}) for row in found]


def test_an_order_at_the_contact_caps_the_car_and_is_written_down(tmp_path: Path):
    made = wired(tmp_path)

    async def play() -> None:
        async with made.running():
            await made.charge(max_a=16)
            await made.until(lambda: max(made.car.current_ma) > 15_000)
            set_line(made, operator_order=True)
            await asyncio.sleep(1)
            assert made.seen()["limited_by"] == "grid"
            await asyncio.sleep(10)
            assert 3 * 230 * max(made.car.current_ma) / 1_000 <= 4_200
            set_line(made, operator_order=False)
            await made.until(lambda: max(made.car.current_ma) > 15_000)
            await made.settle()

    run_virtual(play())
    made.check()
    found = evidence(made)
    assert [row.kind for row in found] == ["received", "effective", "released", "free"]
    assert {row.source for row in found} == {"line"}
    assert first_broken(found) is None


@pytest.mark.parametrize("wire", ["torn", "dead"])
def test_a_wire_that_fails_caps_until_it_is_mended(tmp_path: Path, wire: str):
    made = wired(tmp_path)

    async def play() -> None:
        async with made.running():
            await made.charge(max_a=16)
            set_line(made, operator_line=wire)
            await asyncio.sleep(1)
            assert made.seen()["limited_by"] == "grid"
            set_line(made, operator_line="ok")
            await asyncio.sleep(3)
            assert made.seen()["limited_by"] != "grid"
            await made.settle()

    run_virtual(play())
    made.check()


def test_nobody_on_the_spot_takes_back_what_the_line_orders(tmp_path: Path):
    made = wired(tmp_path)

    async def play() -> None:
        async with made.running():
            await made.charge(max_a=16)
            set_line(made, operator_order=True)
            await asyncio.sleep(1)
            for action in ("release", "cap"):
                with pytest.raises(LocalRefusedError, match="only it changes that"):
                    await made.app.api.answer("grid", {"action": action, "power_w": 9_000})
            view = await made.app.api.answer("grid", {"action": "show"})
            assert (view["cap_w"], view["by"], view["line"]) == (4_200, "line", "order")
            set_line(made, operator_order=False)
            await made.settle()

    run_virtual(play())


def test_an_order_that_ended_while_the_power_was_away_is_taken_back(tmp_path: Path):
    made = wired(tmp_path)

    async def play() -> None:
        async with made.running():
            await made.charge(max_a=16)
            set_line(made, operator_order=True)
            await asyncio.sleep(2)
        set_line(made, operator_order=False)
        async with made.running():
            await asyncio.sleep(5)
            assert made.app.station.limiting.grid.view(0.0)["state"] == "free"
            await made.settle()

    run_virtual(play())


def test_what_was_ordered_on_the_spot_outlives_a_line_that_says_nothing(tmp_path: Path):
    made = wired(tmp_path)

    async def play() -> None:
        async with made.running():
            await made.charge(max_a=16)
            await made.app.api.answer("grid", {"action": "cap"})
        async with made.running():
            await asyncio.sleep(5)
            view = made.app.station.limiting.grid.view(0.0)
            assert (view["state"], view["line"]) == ("capped", "free")
            await made.app.api.answer("grid", {"action": "release"})
            assert made.app.station.limiting.grid.view(0.0)["cap_w"] is None
            await made.settle()

    run_virtual(play())
