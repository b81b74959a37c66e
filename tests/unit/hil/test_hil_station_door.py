"""The rig asks a charger for currents over the shipped Modbus face, on loopback."""

import asyncio

import pytest

from tests.unit.modbus_face.modbus_rig import Charger
from tools.hil.bench import HilError
from tools.hil.station_door import StationDoor


async def test_a_limit_is_in_the_books_before_the_rig_goes_on() -> None:
    charger = Charger()
    async with charger.served() as port:
        door = StationDoor(f"127.0.0.1:{port}", 1)
        await asyncio.to_thread(door.prove)
        for current_a in (10.0, 0.0, 16.0):
            await asyncio.to_thread(door.limit, current_a)
            assert charger.owner_a == current_a
        await asyncio.to_thread(door.clear)
        assert charger.owner_a is None


@pytest.mark.parametrize(("evse_id", "offers"), [(9, "limit"), (1, "read")])
async def test_what_the_station_refuses_ends_the_run(evse_id: int, offers: str) -> None:
    charger = Charger(offers=offers)
    async with charger.served() as port:
        door = StationDoor(f"127.0.0.1:{port}", evse_id)
        with pytest.raises(HilError, match="the station refuses"):
            await asyncio.to_thread(door.limit, 10.0)
    assert charger.asked == []


def test_a_station_that_is_not_there_is_said_before_anything_is_opened() -> None:
    with pytest.raises(HilError, match=r"station.modbus = '127.0.0.1:1': nobody is there"):
        StationDoor("127.0.0.1:1", 1).prove()
