"""Life: the station on a Pi, from its start to SIGTERM, and what runs beside it.

A reset begins the station anew; what runs beside it is not touched by that. Only where other
software is to run all of it ends, and the launcher starts what is due.
"""

import asyncio
import logging
import os
import signal
from collections.abc import Awaitable, Callable, Coroutine, Mapping

from ampkeeper.board.host.broker import mqtt_bus
from ampkeeper.board.host.dial import file_carriers, websocket_dialer
from ampkeeper.board.host.installing import installer_of, restart_machine
from ampkeeper.board.host.post import NetworkPost
from ampkeeper.firmware.app import App, Hardware, Surroundings
from ampkeeper.firmware.faces.cli.start import Start
from ampkeeper.firmware.update.launch import RESTART_CODE, RESTART_KIND
from ampkeeper.hal.errors import HalError
from ampkeeper.hal.linux.clock import is_synchronised
from ampkeeper.hal.linux.service import Service, service_of
from ampkeeper.hal.ports import Clock

SIGNS = 3  # of life, in the time after which the service manager kills who gave none
RESTART_S = 0.5  # a station that restarts itself is not there for this long

log = logging.getLogger(__name__)


async def live(works: Mapping[str, Coroutine[None, None, None]]) -> int:
    """Do all of it until SIGTERM or SIGINT, or until one of it ends or fails; the exit code.

    The service manager hears that the event loop turns, which all of ring 2 hangs on.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    service = service_of(os.environ)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    async with asyncio.TaskGroup() as group:
        tasks = [group.create_task(work, name=name) for name, work in works.items()]
        for task in tasks:
            task.add_done_callback(lambda _: stop.set())
        signs = group.create_task(_give_signs(service), name="service")
        await stop.wait()  # ended by a signal, or by the station
        service.ending()
        signs.cancel()
        is_anew = any(task.done() for task in tasks)
        for task in tasks:
            task.cancel()
    return RESTART_CODE if is_anew else 0


async def stations(
    start: Start,
    make_hardware: Callable[[], Hardware],
    clock: Clock,
    after: Callable[[Hardware], Awaitable[None]] | None = None,
) -> None:
    """One life of the station after another, until other software is to run.

    ``after`` leaves the hardware as it shall be left.
    """
    installer = installer_of(start.config, start.state)
    around = Surroundings(
        is_clock_synchronised=is_synchronised,
        make_dialer=websocket_dialer,
        make_bus=mqtt_bus,
        make_carriers=file_carriers,
        make_post=NetworkPost,
        make_installer=lambda state: installer,
    )
    while True:
        hardware = make_hardware()
        try:
            kind = await App(start.config, start.state, hardware, clock, around).run()
        finally:
            if after is not None:
                await after(hardware)
        if kind == RESTART_KIND:
            await _restart(start)
            return
        log.info("the station begins anew after a %s reset", kind)
        await asyncio.sleep(RESTART_S)


async def _give_signs(service: Service) -> None:
    """Until cancelled, if somebody waits for them."""
    service.ready()
    while service.watchdog_s:
        service.feed()
        await asyncio.sleep(service.watchdog_s / SIGNS)


async def _restart(start: Start) -> None:
    """Where that does not do, the station begins again, and asks again."""
    try:
        await asyncio.to_thread(restart_machine, start.config)
    except HalError as error:
        log.error("the machine does not restart: %s", error)
