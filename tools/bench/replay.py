"""Row: a long queue, written while the network was away, emptied into a central system.

The queue is written with the station's own store, then a whole charger is started on it. What
arrives is checked: all of it, once, in order.
"""

import asyncio
import os
import tempfile
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from time import perf_counter

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
from tools.bench.charger import Charger, charger
from tools.bench.csms import Csms
from tools.bench.result import Result

QUEUED = int(os.environ.get("QUEUED", "10000"))  # QUEUED=100000 make bench BENCH_ARGS=replay
PER_SESSION = 100  # messages of one transaction
BATCH = 100  # changes in one commit
LOOK_S = 0.25
WAIT_S = 3_600.0
TxFact = TransactionStarted | TransactionUpdated | TransactionEnded
BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
TOKEN = IdToken("04A224B1")


@dataclass(slots=True)
class Watched:
    """Memory while the queue empties."""

    first_mb: float = 0.0
    last_mb: float = 0.0
    most_mb: float = 0.0


def measure() -> list[Result]:
    """One run on 2.0.1."""
    return asyncio.run(_replay())


async def _replay() -> list[Result]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        fill(folder / "state", QUEUED)
        async with Csms() as csms, charger(folder, csms.url, "2.0.1") as running:
            watched = Watched()
            async with asyncio.TaskGroup() as group:
                watching = group.create_task(_watch(running, watched))
                await csms.until(lambda: csms.seen.counts["TransactionEvent"] >= QUEUED, WAIT_S)
                watching.cancel()
            spent_s = perf_counter() - running.started_s
            events = [call[2] for call in csms.seen.calls if call[1] == "TransactionEvent"]
    row = f"replay of {QUEUED:,} queued messages"
    sent = [(event["transactionInfo"]["transactionId"], event["seqNo"]) for event in events]
    wanted = [(fact.tx_id, fact.seq_no) for fact in facts(QUEUED)]
    wrong = sum(got != want for got, want in zip(sent, wanted, strict=False))
    wrong += abs(len(sent) - len(wanted))
    growth_mb = watched.last_mb - watched.first_mb
    return [
        Result(row, "lost, doubled or out of order", wrong, "messages", limit="0"),
        Result(row, "rate, from the start of the process", QUEUED / spent_s, "/s"),
        Result(row, "resident, most", watched.most_mb, "MB"),
        Result(row, "resident, growth over the run", growth_mb, "MB", limit="flat"),
    ]


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


async def _watch(running: Charger, watched: Watched) -> None:
    """Look at the memory now and then, from when the queue is under way; ended by cancellation."""
    await asyncio.sleep(2.0)
    watched.first_mb = running.rss_mb()
    while True:
        watched.last_mb = running.rss_mb()
        watched.most_mb = max(watched.most_mb, watched.last_mb)
        await asyncio.sleep(LOOK_S)
