"""Row: round trips of a metering message, schema-checked both ways, beside the ``ocpp`` library.

Both run over a loopback WebSocket in this process, turn by turn in the same run, from their own
object to the wire and back. "Both ends": each library at both ends. "Station's end": the same
plain answering machine at the far end, so that only the station's side differs.
"""

import asyncio
import json
import statistics
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from itertools import count
from time import perf_counter, process_time
from typing import Any

from ocpp import messages as ocpp_messages
from ocpp.routing import on
from ocpp.v16 import ChargePoint as ChargePoint16
from ocpp.v16 import call_result as result_16
from ocpp.v201 import ChargePoint as ChargePoint201
from ocpp.v201 import call_result as result_201
from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from ampkeeper.firmware.ocpp.dialect import Answer, Payload
from ampkeeper.firmware.ocpp.outcome import Finished, Output, Result, Written
from ampkeeper.firmware.ocpp.rpc import Exchange
from ampkeeper.firmware.ocpp.rules import RULES
from ampkeeper.firmware.ocpp.schemas import schemas_for
from tools.bench import result
from tools.bench.event import CONTEXT, FACT, our_dialect, their_call

ROUNDS = 15
TRIPS = 40
OURS = "ours"
THREADS = "ocpp"  # as it comes: it checks schemas in threads
NO_THREADS = "ocpp without threads"
ACTIONS = {"ocpp2.0.1": "TransactionEvent", "ocpp1.6": "MeterValues"}

Trip = Callable[[], Awaitable[None]]
Spent = dict[str, list[float]]
Handler = Callable[[ServerConnection], Awaitable[None]]


def measure() -> Iterator[result.Result]:
    """2.0.1 first, then 1.6."""
    for name in ACTIONS:
        yield from asyncio.run(_measure(name))


async def _measure(subprotocol: str) -> list[result.Result]:
    row = f"OCPP round trip, {subprotocol[4:]} {ACTIONS[subprotocol]}, 10 samples"
    lines: list[result.Result] = []
    for end, our_far, their_far in (
        ("both ends", _our_end, _their_end),
        ("station's end", _plain_end, _plain_end),
    ):
        async with _ours(subprotocol, our_far) as ours, _theirs(subprotocol, their_far) as theirs:
            wall_us, cpu_us = await _rounds(ours, theirs)
        for name, spent_us in wall_us.items():
            rates = [1e6 / one_us for one_us in spent_us]
            lines.append(result.from_samples(row, f"{name}, {end}", rates, "/s"))
        for name in (THREADS, NO_THREADS):
            is_budget = (subprotocol, end, name) == ("ocpp2.0.1", "both ends", THREADS)
            what, limit = f"{OURS} over {name}, {end}", "≥ 8" if is_budget else ""
            lines.append(result.Result(row, what, _ratio(wall_us, name), "times", limit=limit))
            what = f"{what}, in processor time"
            lines.append(result.Result(row, what, _ratio(cpu_us, name), "times"))
    return lines


async def _rounds(ours: Trip, theirs: Trip) -> tuple[Spent, Spent]:
    """Time of a trip by the wall and by the processor, in each round, after one to warm up.

    The second does not care how busy the machine is with other things.
    """
    turns = ((OURS, ours, True), (THREADS, theirs, True), (NO_THREADS, theirs, False))
    wall_us: Spent = {name: [] for name, _, _ in turns}
    cpu_us: Spent = {name: [] for name, _, _ in turns}
    default = ocpp_messages.ASYNC_VALIDATION
    try:
        for _ in range(ROUNDS + 1):
            for name, trip, ocpp_messages.ASYNC_VALIDATION in turns:
                wall_s, cpu_s = await _spent(trip)
                wall_us[name].append(wall_s / TRIPS * 1e6)
                cpu_us[name].append(cpu_s / TRIPS * 1e6)
    finally:
        ocpp_messages.ASYNC_VALIDATION = default
    return _without_first(wall_us), _without_first(cpu_us)


def _without_first(spent_us: Spent) -> Spent:
    return {name: all_us[1:] for name, all_us in spent_us.items()}


async def _spent(trip: Trip) -> tuple[float, float]:
    wall_s, cpu_s = perf_counter(), process_time()
    for _ in range(TRIPS):
        await trip()
    return perf_counter() - wall_s, process_time() - cpu_s


def _ratio(spent_us: Spent, name: str) -> float:
    """How many of our trips fit into one of theirs, by the medians."""
    return statistics.median(spent_us[name]) / statistics.median(spent_us[OURS])


@asynccontextmanager
async def _line(subprotocol: str, far_end: Handler) -> AsyncIterator[ClientConnection]:
    """A WebSocket to ``far_end``; no compression on either, as it would cost both the same."""
    names = [Subprotocol(subprotocol)]
    async with serve(far_end, "127.0.0.1", 0, subprotocols=names, compression=None) as server:
        port = server.sockets[0].getsockname()[1]
        url = f"ws://127.0.0.1:{port}/AK0001"
        async with connect(url, subprotocols=names, compression=None) as line:
            yield line


@asynccontextmanager
async def _ours(subprotocol: str, far_end: Handler) -> AsyncIterator[Trip]:
    dialect = our_dialect(subprotocol)
    outputs: list[Output] = []
    exchange = Exchange(RULES[subprotocol], schemas_for(subprotocol), _accept, outputs.append)
    ids = count()
    async with _line(subprotocol, far_end) as line:

        async def trip() -> None:
            call = dialect.fact(FACT, CONTEXT)
            assert call is not None
            exchange.call(call, f"m{next(ids)}", None, 0.0)
            await line.send(_written(outputs))
            exchange.receive(await line.recv(), 0.0)
            finished = outputs.pop()
            assert isinstance(finished, Finished)
            assert isinstance(finished.outcome, Result), finished
            dialect.read_fact(FACT, finished.outcome.payload)

        yield trip


@asynccontextmanager
async def _theirs(subprotocol: str, far_end: Handler) -> AsyncIterator[Trip]:
    async with _line(subprotocol, far_end) as line:
        station = (ChargePoint16 if subprotocol == "ocpp1.6" else ChargePoint201)("AK0001", line)
        async with asyncio.TaskGroup() as group:
            listening = group.create_task(station.start())

            async def trip() -> None:
                assert await station.call(their_call(subprotocol)) is not None

            try:
                yield trip
            finally:
                listening.cancel()


async def _our_end(line: ServerConnection) -> None:
    outputs: list[Output] = []
    name = str(line.subprotocol)
    exchange = Exchange(RULES[name], schemas_for(name), _accept, outputs.append)
    async for text in line:
        exchange.receive(text, 0.0)
        await line.send(_written(outputs))


async def _their_end(line: ServerConnection) -> None:
    kind = TheirCsms16 if line.subprotocol == "ocpp1.6" else TheirCsms201
    try:
        await kind("AK0001", line).start()
    except ConnectionClosed:
        return  # measured


async def _plain_end(line: ServerConnection) -> None:
    async for text in line:
        await line.send(json.dumps([3, json.loads(text)[1], {}]))


class TheirCsms201(ChargePoint201):  # type: ignore[misc]
    """Answers a 2.0.1 TransactionEvent."""

    @on("TransactionEvent")  # type: ignore[untyped-decorator]
    async def on_transaction_event(self, **payload: Any) -> Any:
        return result_201.TransactionEvent()


class TheirCsms16(ChargePoint16):  # type: ignore[misc]
    """Answers 1.6 MeterValues."""

    @on("MeterValues")  # type: ignore[untyped-decorator]
    async def on_meter_values(self, **payload: Any) -> Any:
        return result_16.MeterValues()


def _accept(action: str, payload: Payload) -> Answer:
    return Answer({})


def _written(outputs: list[Output]) -> str:
    """Take the one frame that waits."""
    texts = [output.text for output in outputs if isinstance(output, Written)]
    outputs.clear()
    assert len(texts) == 1, outputs
    return texts[0]
