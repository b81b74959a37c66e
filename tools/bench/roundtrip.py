"""Row: round trips of a metering message, schema-checked both ways, beside the ``ocpp`` library.

Both run over a loopback WebSocket in this process, turn by turn in the same run, from their own
object to the wire and back. "Both ends": each library at both ends. "Station's end": the same
plain answering machine at the far end, so that only the station's side differs.
"""

import asyncio
import json
import statistics
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from itertools import count
from time import perf_counter
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
ACTIONS = {"ocpp2.0.1": "TransactionEvent", "ocpp1.6": "MeterValues"}

Trip = Callable[[], Awaitable[None]]
Handler = Callable[[ServerConnection], Awaitable[None]]


def measure() -> Iterator[result.Result]:
    """2.0.1 first, then 1.6."""
    for name in ACTIONS:
        yield from asyncio.run(_measure(name))


async def _measure(subprotocol: str) -> list[result.Result]:
    row = f"OCPP round trip, {subprotocol[4:]} {ACTIONS[subprotocol]}, 10 samples"
    async with AsyncExitStack() as stack:
        trips = {
            "ours, both ends": await stack.enter_async_context(_ours(subprotocol, _our_end)),
            "ocpp, both ends": await stack.enter_async_context(_theirs(subprotocol, _their_end)),
            "ours, station's end": await stack.enter_async_context(_ours(subprotocol, _plain_end)),
            "ocpp, station's end": await stack.enter_async_context(
                _theirs(subprotocol, _plain_end)
            ),
        }
        slow = await _rounds(trips)
        # By default ``ocpp`` checks schemas in threads; without is its faster setting.
        default, ocpp_messages.ASYNC_VALIDATION = ocpp_messages.ASYNC_VALIDATION, False
        try:
            fast = await _rounds({name: trip for name, trip in trips.items() if "ocpp" in name})
        finally:
            ocpp_messages.ASYNC_VALIDATION = default
    lines = [result.from_samples(row, name, slow[name], "/s") for name in trips]
    for end in ("both ends", "station's end"):
        ours = statistics.median(slow[f"ours, {end}"])
        for name, theirs in (("ocpp", slow), ("ocpp without threads", fast)):
            ratio = ours / statistics.median(theirs[f"ocpp, {end}"])
            limit = "≥ 8" if (end, name) == ("both ends", "ocpp") else ""
            lines.append(
                result.Result(row, f"ours over {name}, {end}", ratio, "times", limit=limit)
            )
    return lines


async def _rounds(trips: dict[str, Trip]) -> dict[str, list[float]]:
    """Trips per second of each round, turn by turn, after one round to warm up."""
    rates: dict[str, list[float]] = {name: [] for name in trips}
    for number in range(ROUNDS + 1):
        for name, trip in trips.items():
            start = perf_counter()
            for _ in range(TRIPS):
                await trip()
            if number:
                rates[name].append(TRIPS / (perf_counter() - start))
    return rates


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
