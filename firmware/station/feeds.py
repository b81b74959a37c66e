"""Feeds: what hardware and bus say, handed to the station. One task per pilot, meter, reader.

A part that is silent or absent is reported once per silence and opened again for ever; nothing
here decides what that means.
"""

import asyncio
import logging
from functools import partial
from typing import Any

from ampkeeper.firmware.config.model import Config
from ampkeeper.firmware.config.model_energy import MQTT
from ampkeeper.firmware.energy.grid_line import Contact, Settled
from ampkeeper.firmware.energy.grid_payload import OrderRefused, order_of
from ampkeeper.firmware.energy.mains import FlowRefused, flow_of_reading
from ampkeeper.firmware.energy.payload import PayloadRefused
from ampkeeper.firmware.energy.price import PricesRefused, parse
from ampkeeper.firmware.energy.telegrams import Telegrams
from ampkeeper.firmware.facts import IdToken
from ampkeeper.firmware.station.desk import Event
from ampkeeper.firmware.station.energy import Energy
from ampkeeper.firmware.station.energy_rules import telegrams_of
from ampkeeper.firmware.station.grid import Grid
from ampkeeper.firmware.station.mains import MainsGuard
from ampkeeper.firmware.station.signer import Signer, heard
from ampkeeper.firmware.station.task import StationTask
from ampkeeper.hal.errors import (
    AbsentError,
    HalError,
    ImplausibleError,
    TransientError,
    WrongDeviceError,
)
from ampkeeper.hal.ports import Bus, BusMessage, Clock, Meter, Pilot, Reader

METER_S = 1.0  # between two readings
LINE_S = 0.05  # between two looks at a contact
REOPEN_S = 1.0  # between two tries to open a part
WRONG_S = 30.0  # somebody has to look; asking every second would only fill the log

CARD_S = 10.0  # how long a person waits for a verdict
CARD_RESULTS = {
    "tag_accepted": "accepted",
    "tag_refused": "rejected",
    "tag_stops": "stops",
    "authorisation_withdrawn": "withdrawn",
    "plug_released": "released",
}

log = logging.getLogger(__name__)


class _Failures:
    """One part's failures in the log: each silence is a warning once, and is counted at its end."""

    def __init__(self, part: str) -> None:
        self._part = part
        self._count = 0

    def note(self, error: HalError) -> None:
        """The part failed, or could not be opened again."""
        level = logging.DEBUG if self._count else logging.WARNING
        log.log(level, "%s: %s", self._part, error)
        self._count += 1

    def over(self) -> None:
        """The part answers."""
        if self._count:
            log.info("%s: there again after %d failures", self._part, self._count)
        self._count = 0


async def feed_pilot(task: StationTask, evse_id: int, pilot: Pilot) -> None:
    """Hand on every report of ring 1; ended by cancellation."""
    failures = _Failures(f"evse {evse_id}: pilot")
    while True:
        try:
            identity = await pilot.open()
            failures.over()
            log.info("evse %d: ring 1 is %s %s", evse_id, identity.board, identity.firmware_version)
            for sentence in identity.cannot:
                log.warning("evse %d: %s: %s", evse_id, identity.board, sentence)
            await task.put(partial(task.station.on_board, evse_id, identity))
            await _hand_on(task, evse_id, pilot)
        except HalError as error:
            failures.note(error)
            await task.put(partial(task.station.on_pilot_lost, evse_id, why=str(error)))
            await asyncio.sleep(_pause_s(error))


async def _hand_on(task: StationTask, evse_id: int, pilot: Pilot) -> None:
    """Hand on reports until ring 1 is silent; one that started anew is reminded.

    As an event, after all reports before it: so it is reminded of all that was reported.
    """
    started = partial(task.station.on_pilot_started, evse_id, pilot)
    uptime_ms = -1
    await task.put(started)
    while True:
        status = await pilot.next_status()
        has_started = status.uptime_ms < uptime_ms
        if has_started:
            log.warning("evse %d: ring 1 started anew", evse_id)
        if has_started or status.is_forgetful:
            await task.put(started)
        uptime_ms = status.uptime_ms
        await task.put(partial(task.station.on_pilot, evse_id, status))
        task.station.memory.remind(evse_id, pilot)
        await _hand_evidence_on(task, evse_id, pilot)


async def _hand_evidence_on(task: StationTask, evse_id: int, pilot: Pilot) -> None:
    """Hand on self-tests and a trace; ring 1 records again once its trace is written down."""
    checkup = task.station.checkup
    tests = pilot.take_tests()
    if tests:
        await task.put(partial(checkup.on_tests, evse_id, tests))
    trace = pilot.take_trace()
    if trace is not None:
        await task.put(partial(checkup.on_trace, evse_id, trace, pilot.rearm_trace))


async def feed_meter(
    task: StationTask, evse_id: int, meter: Meter, pilot: Pilot, clock: Clock
) -> None:
    """Read the meter every ``METER_S``, for the station and for ring 1; ended by cancellation."""
    failures = _Failures(f"evse {evse_id}: meter")
    signing = task.station.evses[evse_id].register.signing
    signer = Signer(meter, signing, clock, _Failures(f"evse {evse_id}: signature"))
    while True:
        try:
            identity = await meter.open()
            failures.over()
            await task.put(partial(task.station.on_meter, evse_id, identity))
            log.info("evse %d: meter is %s %s", evse_id, identity.model, identity.serial)
            while True:
                due_s = clock.now_s() + METER_S
                await _read_once(task, evse_id, signer, pilot)
                await asyncio.sleep(max(0.0, due_s - clock.now_s()))
                await task.rhythm.meter_due()
        except (AbsentError, WrongDeviceError) as error:
            failures.note(error)
            meter.close()
            await asyncio.sleep(_pause_s(error))


async def _read_once(task: StationTask, evse_id: int, signer: Signer, pilot: Pilot) -> None:
    """One reading; a failed one is silence, which the watch counts by the clock."""
    try:
        order, reading = await signer.read()
    except ImplausibleError as error:
        await task.put(partial(task.station.on_refused, evse_id, str(error)))
    except TransientError as error:
        log.debug("evse %d: meter: %s", evse_id, error)
    else:
        pilot.measured(reading.current_a, reading.voltage_v)
        await task.put(partial(heard, task.station, evse_id, order, reading))


async def feed_mains(task: StationTask, guard: MainsGuard, meter: Meter, clock: Clock) -> None:
    """Read the meter at the mains every ``METER_S``; ended by cancellation."""
    failures = _Failures("mains meter")
    while True:
        try:
            identity = await meter.open()
            failures.over()
            log.info("mains meter is %s %s", identity.model, identity.serial)
            while True:
                due_s = clock.now_s() + METER_S
                await _read_mains(task, guard, meter, clock)
                await asyncio.sleep(max(0.0, due_s - clock.now_s()))
        except (AbsentError, WrongDeviceError) as error:
            failures.note(error)
            meter.close()
            await asyncio.sleep(_pause_s(error))


async def _read_mains(task: StationTask, guard: MainsGuard, meter: Meter, clock: Clock) -> None:
    """One reading; a failed one is silence."""
    try:
        flow = flow_of_reading(await meter.read(), guard.rules.fitting)
    except (ImplausibleError, FlowRefused) as error:
        await task.put(partial(guard.on_refused, str(error)))
    except TransientError as error:
        log.debug("mains meter: %s", error)
    else:
        await task.put(partial(guard.on_flow, flow))


def hear_energy(task: StationTask, energy: Energy, config: Config, bus: Bus, clock: Clock) -> None:
    """Take from the bus what is configured to come from there."""
    if config.mains.source == MQTT:
        hear_mains(task, energy.guard, telegrams_of(config), bus, clock)
    if config.price.topic:
        hear_prices(task, energy, config.price.topic, bus)


def hear_mains(
    task: StationTask, guard: MainsGuard, telegrams: Telegrams, bus: Bus, clock: Clock
) -> None:
    """Take the mains meter's values from the bus, for as long as that runs."""

    def hear(message: BusMessage) -> None:
        if message.is_retained:
            return  # of any age: the next one will tell
        try:
            flow = telegrams.hear(message.topic, message.payload, clock.now_s())
        except (PayloadRefused, FlowRefused) as error:
            task.post(partial(guard.on_refused, f"{message.topic}: {error}"))
            return
        if flow is not None:
            task.post(partial(guard.on_flow, flow))

    for topic in telegrams.topics:
        bus.subscribe(topic, hear)


def hear_prices(task: StationTask, energy: Energy, topic: str, bus: Bus) -> None:
    """Take prices from the bus; what was retained counts, for it says itself from when it is."""

    def hear(message: BusMessage) -> None:
        try:
            prices = parse(message.payload)
        except PricesRefused as error:
            log.warning("%s: %s", message.topic, error)
            return
        task.post(partial(energy.on_prices, prices))

    bus.subscribe(topic, hear, qos=1)


def hear_grid(task: StationTask, grid: Grid, topic: str, bus: Bus) -> None:
    """Take the grid operator's orders from the bus; one that was kept counts, a release does not.

    A release of any age must not free what was ordered since.
    """

    def hear(message: BusMessage) -> None:
        try:
            order = order_of(message.payload)
        except OrderRefused as error:
            log.warning("%s: %s", message.topic, error)
            return
        if order.is_cap:
            task.post(partial(grid.on_order, order.power_w, "MQTT"))
        elif not message.is_retained:
            task.post(grid.on_release)

    bus.subscribe(topic, hear, qos=1)


async def feed_grid(
    task: StationTask, grid: Grid, contact: Contact, settle_s: float, clock: Clock
) -> None:
    """Look at the contact of the grid operator's control box; ended by cancellation."""
    failures = _Failures("the grid operator's line")
    while True:
        try:
            contact.open()
            contact.is_made()
            failures.over()
            await _watch_line(task, grid, contact, Settled(settle_s), clock)
        except HalError as error:
            failures.note(error)
            contact.close()
            await task.put(partial(grid.on_line, None))
            await asyncio.sleep(_pause_s(error))


async def _watch_line(
    task: StationTask, grid: Grid, contact: Contact, settled: Settled, clock: Clock
) -> None:
    """Hand on what the contact says, until it cannot be read."""
    while True:
        is_order = settled.feed(contact.is_made(), clock.now_s())
        if is_order is not None:
            log.info("the grid operator's line: %s", "an order" if is_order else "no order")
            await task.put(partial(grid.on_line, is_order))
        await asyncio.sleep(LINE_S)


async def feed_reader(task: StationTask, reader_id: int, reader: Reader) -> None:
    """Hand on every card; ended by cancellation."""
    failures = _Failures(f"reader {reader_id}")
    while True:
        try:
            await reader.open()
            failures.over()
            await task.put(partial(task.station.on_reader, is_silent=False))
            while True:
                tag = await reader.next_tag()
                await task.put(partial(task.station.on_tag, IdToken(tag.uid, tag.kind)))
        except HalError as error:
            failures.note(error)
            await task.put(partial(task.station.on_reader, is_silent=True))
            await asyncio.sleep(_pause_s(error))


class CardDoor:
    """Cards that are presented at the command line, and what became of them."""

    def __init__(self, task: StationTask) -> None:
        self._task = task
        self._waiting: list[asyncio.Future[dict[str, Any]]] = []

    async def present(self, token: IdToken, evse_id: int | None) -> dict[str, Any]:
        """Hold a card; the answer names the result, and why it was refused."""
        return await self.await_verdict(partial(self._task.station.on_tag, token, evse_id=evse_id))

    async def await_verdict(self, event: Event) -> dict[str, Any]:
        """Let this happen, and wait for what becomes of the card that it is about."""
        outcome: asyncio.Future[dict[str, Any]] = asyncio.get_running_loop().create_future()
        self._waiting.append(outcome)
        try:
            await self._task.put(event)
            async with asyncio.timeout(CARD_S):
                return await outcome
        except TimeoutError:
            return {"result": "the central system has not answered yet"}
        finally:
            self._waiting.remove(outcome)

    def on_notice(self, kind: str, fields: dict[str, Any]) -> None:
        """The station told something: perhaps what became of a card."""
        result = CARD_RESULTS.get(kind)
        for outcome in self._waiting:
            if result is not None and not outcome.done():
                outcome.set_result({"result": result} | fields)


def _pause_s(error: HalError) -> float:
    return WRONG_S if isinstance(error, WrongDeviceError) else REOPEN_S
