"""Life: the station on a Pi, from its start to SIGTERM, and what runs beside it.

A reset begins the station anew; what runs beside it is not touched by that.
"""

import asyncio
import logging
import signal
from collections.abc import Awaitable, Callable, Coroutine, Mapping

from ampkeeper.board.host.broker import mqtt_bus
from ampkeeper.board.host.dial import file_carriers, websocket_dialer
from ampkeeper.firmware.app import App, Hardware, Surroundings
from ampkeeper.firmware.faces.cli.start import Start
from ampkeeper.hal.ports import Clock

RESTART_S = 0.5  # a station that restarts itself is not there for this long

log = logging.getLogger(__name__)


async def live(works: Mapping[str, Coroutine[None, None, None]]) -> None:
    """Do all of it until SIGTERM or SIGINT, or until one of it fails."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(work, name=name) for name, work in works.items()]
        await stop.wait()  # ended by a signal
        for task in tasks:
            task.cancel()


async def stations(
    start: Start,
    make_hardware: Callable[[], Hardware],
    clock: Clock,
    after: Callable[[Hardware], Awaitable[None]] | None = None,
) -> None:
    """One life of the station after another; ``after`` leaves the hardware as it shall be left."""
    around = Surroundings(
        make_dialer=websocket_dialer, make_bus=mqtt_bus, make_carriers=file_carriers
    )
    while True:
        hardware = make_hardware()
        try:
            kind = await App(start.config, start.state, hardware, clock, around).run()
        finally:
            if after is not None:
                await after(hardware)
        log.info("the station begins anew after a %s reset", kind)
        await asyncio.sleep(RESTART_S)
