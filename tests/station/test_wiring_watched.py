"""A meter whose conductors are connected wrongly: it is told once, and the car charges on."""

import asyncio
from pathlib import Path

from ampkeeper.board.emulated.meter_models import MODELS
from ampkeeper.board.emulated.meter_twin import MeterImage
from ampkeeper.board.emulated.virtual_time import LoopClock, run_virtual
from ampkeeper.hal.fake import MemoryModbusBus
from ampkeeper.hal.meters.make import shipped
from ampkeeper.hal.meters.modbus_meter import ModbusMeter
from tests.support.rig import CARD
from tests.support.virtual import Charger

UNIT = 1


def test_voltages_that_begin_to_rotate_backwards_are_told_once_and_stop_nothing(
    tmp_path: Path,
) -> None:
    made = Charger(tmp_path)
    image = MeterImage(lambda: made.car.meter_reading(), unit=UNIT, model=MODELS["em340"])
    bus = MemoryModbusBus(image)
    made.meters = {1: lambda: ModbusMeter(bus, UNIT, shipped("em340"), LoopClock())}

    async def play() -> None:
        async with made.running():
            await made.charge()
            await asyncio.sleep(60)
            assert made.trace.of("wiring_wrong") == []
            image.is_rotation_right = False
            await asyncio.sleep(300)
            (told,) = made.trace.of("wiring_wrong")
            assert told["evse_id"] == 1
            assert told["finding"].startswith("the voltages rotate backwards")
            assert (made.status(), made.seen()["faults"]) == ("Charging", [])
            made.swipe(CARD)
            await made.settle()

    run_virtual(play())
    made.check()
