"""Answers and books of a whole charger: nothing is promised, sold or lost while the disk fails."""

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.board.emulated.virtual_charger import VirtualCharger
from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.firmware.faces.local import LocalRefusedError

VERSIONS = ("1.6", "2.0.1")
CAR = {"soc_percent": 50.0, "capacity_wh": 50_000, "max_a": 16.0, "phases": 3, "cable_a": 20}
STATION = "AK0001"


def charger(folder: Path, version: str = "2.0.1") -> VirtualCharger:
    return VirtualCharger(folder, 1, [("ocpp.versions", f'["{version}"]')])


def break_disk(made: VirtualCharger, is_broken: bool) -> None:
    """Let every write to the books fail, as a full disk does, or succeed again."""
    word = "ON" if is_broken else "OFF"
    made.app._store._connection.execute(f"PRAGMA query_only = {word}")


async def charge(made: VirtualCharger) -> None:
    await made.until(lambda: made.csms.links != {} and made.status() == "Available")
    made.plug(**CAR)
    await made.until(lambda: made.status() == "Preparing")
    made.swipe()
    await made.until(lambda: made.status() == "Charging")
    await made.until(lambda: sum(made.car.power_uw) > 11e9, 30)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_minute_without_a_disk_stops_the_charge_and_loses_nothing(tmp_path: Path, version: str):
    made = charger(tmp_path, version)

    async def play() -> None:
        async with made.running():
            await charge(made)
            break_disk(made, True)
            await made.until(lambda: "StoreFailed" in made.seen()["faults"], 70)
            await made.until(lambda: sum(made.car.power_uw) == 0, 10)
            assert made.status() == "Faulted"
            assert made.seen()["limited_by"] == "store"
            await asyncio.sleep(60)
            break_disk(made, False)
            await made.until(lambda: made.status() == "Charging", 30)
            assert made.seen()["faults"] == []
            made.swipe()
            await made.until(made.csms.books.closed.is_set)

    run_virtual(play())
    (booked,) = made.csms.books.transactions.values()
    assert (booked.starts, booked.stops, booked.reason) == (1, 1, "Local")
    assert booked.stop_wh == made.car.register.energy_wh


def test_an_answer_waits_until_what_it_promises_is_written(tmp_path: Path):
    made = charger(tmp_path, "1.6")
    request = {"connectorId": 1, "type": "Inoperative"}

    async def play() -> Any:
        async with made.running():
            await made.until(lambda: made.csms.links != {} and made.status() == "Available")
            await asyncio.sleep(5)
            break_disk(made, True)
            call = made.csms.call(STATION, "ChangeAvailability", request)
            answering = asyncio.ensure_future(call)
            await asyncio.sleep(10)
            assert not answering.done()
            break_disk(made, False)
            answer = await answering
            assert made.app._store.evses() == {1: False}
            return answer

    assert run_virtual(play())[2] == {"status": "Accepted"}


@pytest.mark.parametrize(
    ("version", "request_of_it"),
    [("1.6", {"type": "Hard"}), ("1.6", {"type": "Soft"}), ("2.0.1", {"type": "Immediate"})],
)
def test_a_reset_is_answered_before_the_station_goes(
    tmp_path: Path, version: str, request_of_it: dict[str, str]
):
    made = charger(tmp_path, version)

    async def play() -> Any:
        async with made.running():
            await made.until(lambda: made.csms.links != {} and made.status() == "Available")
            await asyncio.sleep(5)
            answer = await made.csms.call(STATION, "Reset", request_of_it)
            await made.until(lambda: made.csms.links == {}, 10)
            return answer

    assert run_virtual(play())[2] == {"status": "Accepted"}


def test_what_is_owed_is_known_again_before_the_line_is_up(tmp_path: Path):
    made = charger(tmp_path)

    async def play() -> None:
        async with made.running():
            await charge(made)
            made.dialer.is_up = False
            made.app.csms.set_network(False)
            made.swipe()
            await made.until(lambda: made.app.csms.view()["queued"] > 0)
            await made.until(lambda: made.status() == "Finishing")
            owed = made.app.csms.view()["queued"]
        async with made.running():
            await made.until(lambda: made.status() == "Preparing")
            assert made.app.csms.view()["queued"] == owed

    run_virtual(play())


def test_a_password_file_that_is_gone_is_no_reason_to_end(tmp_path: Path):
    secret = tmp_path / "password"
    secret.write_text("0123456789abcdef")
    made = VirtualCharger(
        tmp_path,
        1,
        [("ocpp.security_profile", "1"), ("ocpp.password_file", f'"{secret}"')],
    )
    secret.unlink()

    async def play() -> None:
        async with made.running():
            await asyncio.sleep(30)
            assert made.csms.links == {}
            secret.write_text("0123456789abcdef")
            await made.until(lambda: made.csms.links != {}, 60)

    run_virtual(play())


def test_the_local_door_says_that_the_books_cannot_be_read(tmp_path: Path):
    made = charger(tmp_path)

    async def play() -> None:
        async with made.running():
            await made.until(lambda: made.csms.links != {} and made.status() == "Available")
            made.app._store._connection.execute("ALTER TABLE session RENAME TO gone")
            with pytest.raises(LocalRefusedError, match="books"):
                await made.app.api.answer("sessions", {})

    run_virtual(play())
