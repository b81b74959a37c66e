"""Feeds: what hardware says, handed to the station. One task per pilot, meter and reader.

A part that is silent or absent is reported once per silence and opened again for ever; nothing
here decides what that means.
"""

import asyncio
import logging
from functools import partial

from ampkeeper.firmware.facts import IdToken
from ampkeeper.firmware.station.task import StationTask
from ampkeeper.hal.errors import (
    AbsentError,
    HalError,
    ImplausibleError,
    TransientError,
    WrongDeviceError,
)
from ampkeeper.hal.ports import Clock, Meter, Pilot, Reader

METER_S = 1.0  # between two readings
REOPEN_S = 1.0  # between two tries to open a part
WRONG_S = 30.0  # somebody has to look; asking every second would only fill the log

log = logging.getLogger(__name__)


async def feed_pilot(task: StationTask, evse_id: int, pilot: Pilot) -> None:
    """Hand on every report of ring 1; ended by cancellation."""
    while True:
        try:
            identity = await pilot.open()
            log.info("evse %d: ring 1 is %s %s", evse_id, identity.board, identity.firmware_version)
            pilot.restore_faults(task.station.service_faults(evse_id))
            while True:
                status = await pilot.next_status()
                await task.put(partial(task.station.on_pilot, evse_id, status))
        except HalError as error:
            log.warning("evse %d: pilot: %s", evse_id, error)
            await task.put(partial(task.station.on_pilot_lost, evse_id))
            await asyncio.sleep(_pause_s(error))


async def feed_meter(task: StationTask, evse_id: int, meter: Meter, clock: Clock) -> None:
    """Read the meter every ``METER_S``; ended by cancellation."""
    while True:
        try:
            identity = await meter.open()
            await task.put(partial(task.station.on_meter, evse_id, identity))
            log.info("evse %d: meter is %s %s", evse_id, identity.model, identity.serial)
            while True:
                due_s = clock.now_s() + METER_S
                await _read_once(task, evse_id, meter)
                await asyncio.sleep(max(0.0, due_s - clock.now_s()))
        except (AbsentError, WrongDeviceError) as error:
            log.warning("evse %d: meter: %s", evse_id, error)
            meter.close()
            await asyncio.sleep(_pause_s(error))


async def _read_once(task: StationTask, evse_id: int, meter: Meter) -> None:
    """One reading; a failed one is silence, which the watch counts by the clock."""
    try:
        reading = await meter.read()
    except ImplausibleError as error:
        await task.put(partial(task.station.on_refused, evse_id, str(error)))
    except TransientError as error:
        log.debug("evse %d: meter: %s", evse_id, error)
    else:
        await task.put(partial(task.station.on_reading, evse_id, reading))


async def feed_reader(task: StationTask, reader_id: int, reader: Reader) -> None:
    """Hand on every card; ended by cancellation."""
    while True:
        try:
            await reader.open()
            await task.put(partial(task.station.on_reader, is_silent=False))
            while True:
                tag = await reader.next_tag()
                await task.put(partial(task.station.on_tag, IdToken(tag.uid, tag.kind)))
        except HalError as error:
            log.warning("reader %d: %s", reader_id, error)
            await task.put(partial(task.station.on_reader, is_silent=True))
            await asyncio.sleep(_pause_s(error))


def _pause_s(error: HalError) -> float:
    return WRONG_S if isinstance(error, WrongDeviceError) else REOPEN_S
