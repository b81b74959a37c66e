"""Row: what each charger of a site sends and hears over a real Mosquitto, in bytes a minute.

Members in one process, all charging, at the wall's pace; the broker counts what is MQTT, without
TLS and TCP. ``SITE_BUS_S`` is how long it is counted.
"""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

from ampkeeper.hal.linux.mqtt import MqttBus, MqttSettings
from ampkeeper.hal.ports import BusMessage
from tests.support.broker import Mosquitto
from tests.support.site_members import SPEED, Yard
from tools.bench.errors import CannotMeasureError
from tools.bench.result import Result
from tools.broker.fetch import BrokerMissing

ROW = "site: MQTT of a charger"
SIZES = (5, 20)
COUNTED_S = float(os.environ.get("SITE_BUS_S", "15"))
PATIENCE_S = 120.0
COUNTERS = {"received": "sent by each charger", "sent": "heard by each charger"}


def measure() -> Iterator[Result]:
    """Bytes a minute, by size of the site."""
    for size in SIZES:
        try:
            with TemporaryDirectory() as folder:
                found = asyncio.run(_count(size, Path(folder)))
        except BrokerMissing as error:
            raise CannotMeasureError(str(error)) from error
        for counter, words in COUNTERS.items():
            yield Result(ROW, f"{words}, {size} on the site", found[counter], "byte/min")


async def _count(size: int, folder: Path) -> dict[str, float]:
    broker = Mosquitto(folder, counts_every_s=1)
    broker.start()
    try:
        return await _counted(size, broker)
    finally:
        broker.kill()


async def _counted(size: int, broker: Mosquitto) -> dict[str, float]:
    counted: dict[str, int] = {}
    failure = ""

    def note(message: BusMessage) -> None:
        counted[message.topic.rpartition("/")[2]] = int(message.payload)

    def bus_of(name: str) -> MqttBus:
        return MqttBus(MqttSettings("127.0.0.1", broker.port, name), lambda: 0.0)

    yard = Yard(size, 12.0 * size, 6.0, bus_of)
    watcher = bus_of("watcher")
    for counter in COUNTERS:
        watcher.subscribe(f"$SYS/broker/bytes/{counter}", note)
    async with asyncio.TaskGroup() as group:
        watching = group.create_task(watcher.run())
        yard.start(group)
        try:
            await yard.until(yard.is_shared, PATIENCE_S)
            await yard.until(lambda: COUNTERS.keys() <= counted.keys(), PATIENCE_S)
            before = dict(counted)
            await asyncio.sleep(COUNTED_S)
            after = dict(counted)
        except TimeoutError as error:  # a group of tasks would wrap it
            failure = f"{size} members do not share their fuse, or are not counted: {error}"
        yard.end()
        watching.cancel()
    if failure:
        raise CannotMeasureError(failure)
    minutes = COUNTED_S * SPEED / 60
    return {name: (after[name] - before[name]) / minutes / size for name in COUNTERS}
