"""Row: a long queue, written while the network was away, emptied into a central system.

The queue is written with the station's own store, then a station alone is started on it. What
arrives is checked: all of it, once, in order. The time counts from the boot notification.
"""

import asyncio
import os
import statistics
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path
from time import perf_counter
from typing import Any

from ampkeeper.firmware.facts import (
    ChargingState,
    IdToken,
    StampedReading,
    StopReason,
    TransactionEnded,
    TransactionStarted,
    TransactionUpdated,
    Trigger,
)
from ampkeeper.firmware.store.changes import AddFact, Change, SaveSession
from ampkeeper.firmware.store.store import STORE_FILE, Store
from ampkeeper.hal.ports import MeterReading
from tools.bench.alone import Alone, alone
from tools.bench.csms import Csms
from tools.bench.result import Result

QUEUED = int(os.environ.get("QUEUED", "10000"))  # QUEUED=100000 make bench BENCH_ARGS=replay
PER_SESSION = 100  # messages of one transaction
BATCH = 100  # changes in one commit
LOOK_S = 0.25
BOOT_S = 30.0
WAIT_S = 3_600.0
PARTS = 10  # of the run, whose first and last are compared
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
TOKEN = IdToken("04A224B1")
OWED = ("TransactionEvent", "StartTransaction", "MeterValues", "StopTransaction")
TxFact = TransactionStarted | TransactionUpdated | TransactionEnded


@dataclass(slots=True)
class Watched:
    """Memory while the queue empties."""

    first_mb: float = 0.0
    last_mb: float = 0.0
    most_mb: float = 0.0


def measure() -> Iterator[Result]:
    """One run on each version."""
    for version in ("1.6", "2.0.1"):
        yield from asyncio.run(_replay(version))


async def _replay(version: str) -> list[Result]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder / "state", QUEUED)
        async with Csms() as csms, alone(folder, csms.url, version) as running:
            await csms.until(lambda: csms.seen.first_s("BootNotification") is not None, BOOT_S)
            began_s, cpu_s = perf_counter(), running.cpu_s()
            watched = Watched()
            async with asyncio.TaskGroup() as group:
                watching = group.create_task(_watch(running, watched))
                await csms.until(lambda: _told(csms) >= QUEUED, WAIT_S)
                watching.cancel()
            spent_s = perf_counter() - began_s
            cpu_s = running.cpu_s() - cpu_s
        calls = [call for call in csms.seen.calls if call[1] in OWED]
    row = f"OCPP {version}, {QUEUED:,} queued messages"
    first_us, last_us = _spent_us([at_s for at_s, _, _ in calls])
    growth_mb = watched.last_mb - watched.first_mb
    return [
        Result(row, "lost, doubled or out of order", _wrong(calls), "messages", limit="0"),
        Result(row, "from reconnected to drained", spent_s, "s"),
        Result(row, "rate", QUEUED / spent_s, "/s"),
        Result(row, "processor time of a message", cpu_s / QUEUED * 1e6, "us"),
        Result(row, "time of a message, first tenth", first_us, "us"),
        Result(row, "time of a message, last tenth", last_us, "us"),
        Result(row, "resident, most", watched.most_mb, "MB"),
        Result(row, "resident, growth over the run", growth_mb, "MB", limit="flat"),
    ]


def _told(csms: Csms) -> int:
    return sum(csms.seen.counts[action] for action in OWED)


def _wrong(calls: list[tuple[float, str, Any]]) -> int:
    """Each message has a second of its own, so its time tells which one it is."""
    sent = [_time(payload) for _, _, payload in calls]
    wanted = [fact.at for fact in facts(QUEUED)]
    wrong = sum(got != want for got, want in zip(sent, wanted, strict=False))
    return wrong + abs(len(sent) - len(wanted))


def _time(payload: Any) -> datetime:
    told = payload.get("timestamp") or payload["meterValue"][0]["timestamp"]
    return datetime.fromisoformat(told)


def _spent_us(times_s: list[float]) -> tuple[float, float]:
    """Of the first and of the last tenth of the messages: the middle of the times between two."""
    waits_s = [later - earlier for earlier, later in pairwise(times_s)]
    part = max(1, len(waits_s) // PARTS)
    return statistics.median(waits_s[:part]) * 1e6, statistics.median(waits_s[-part:]) * 1e6


def fill(state: Path, count: int) -> None:
    """Write a queue of ``count`` messages as a station would have left it."""
    state.mkdir(parents=True)
    store = Store(state / STORE_FILE, outbox_max=count + 1)
    changes = _changes(count)
    try:
        while batch := list(islice(changes, BATCH)):
            store.commit(batch)
    finally:
        store.close()


def facts(count: int) -> Iterator[TxFact]:
    """Whole transactions of 100 messages each; always the same ones."""
    for number in range(count):
        session, seq_no = divmod(number, PER_SESSION)
        yield _fact(str(uuid.UUID(int=session + 1)), number, seq_no)


def _changes(count: int) -> Iterator[Change]:
    for number, fact in enumerate(facts(count)):
        if isinstance(fact, TransactionStarted):
            yield SaveSession(
                tx_id=fact.tx_id,
                evse_id=1,
                state="{}",
                started_at=fact.at,
                id_token=TOKEN.value,
                energy_wh_start=number,
                is_open=False,
                ended_at=fact.at,
                energy_wh_end=number,
                reason="Local",
            )
        yield AddFact(fact, message_id=f"m{number}", is_offline=True)


def _fact(tx_id: str, number: int, seq_no: int) -> TxFact:
    at = BEGIN + timedelta(seconds=number)
    sample = StampedReading(at, MeterReading(0.0, 1_000 + number, 11_040.0), "Sample.Periodic")
    if seq_no == 0:
        state, trigger = ChargingState.EV_CONNECTED, Trigger.AUTHORIZED
        return TransactionStarted(tx_id, 1, 0, at, trigger, state, TOKEN, sample)
    if seq_no == PER_SESSION - 1:
        trigger, reason = Trigger.EV_DEPARTED, StopReason.EV_DISCONNECTED
        return TransactionEnded(tx_id, 1, seq_no, at, trigger, reason, sample, sample, TOKEN)
    state, trigger = ChargingState.CHARGING, Trigger.METER_VALUE_PERIODIC
    return TransactionUpdated(tx_id, 1, seq_no, at, trigger, state, sample)


async def _watch(running: Alone, watched: Watched) -> None:
    """Look at the memory now and then, from when the queue is under way; ended by cancellation."""
    await asyncio.sleep(2.0)
    watched.first_mb = running.rss_mb()
    while True:
        watched.last_mb = running.rss_mb()
        watched.most_mb = max(watched.most_mb, watched.last_mb)
        await asyncio.sleep(LOOK_S)
