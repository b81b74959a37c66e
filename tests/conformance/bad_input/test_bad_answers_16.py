"""A central system that answers twice, late, out of order, wrongly or never, for each message.

The first of each of the station's messages is met with the fault while a car charges; the bill is
right, and nothing is told twice under another id.
"""

import asyncio
import contextlib
import json
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

import pytest

from ampkeeper.board.emulated.demo.csms import Frame, StationLink
from tests.conformance.ocpp16.bench16 import CARD, Bench, FamilyCsms
from tests.support.rig import CAR
from tests.support.transactions import Transaction
from tests.support.virtual import STATION

TIMEOUT_S = 3
QUICK = f"{{MessageTimeout = {TIMEOUT_S}, TransactionMessageRetryInterval = 2}}"
MESSAGES = (
    "BootNotification",
    "StatusNotification",
    "SecurityEventNotification",
    "Authorize",
    "StartTransaction",
    "MeterValues",
    "StopTransaction",
    "Heartbeat",
)


class FaultyCsms(FamilyCsms):
    """Meets the first call of each action with ``fault``."""

    fault = ""
    first_answer: str | None = None

    def __init__(self, now: Callable[[], datetime]) -> None:
        super().__init__(now=now)
        self.met: set[str] = set()

    async def _receive(self, link: StationLink, text: str | bytes) -> None:
        frame = json.loads(text)
        if frame[0] != 2 or frame[2] in self.met:
            await super()._receive(link, text)
            return
        self.met.add(frame[2])
        await self._meet(link, frame, text)

    async def _meet(self, link: StationLink, frame: Frame, text: str | bytes) -> None:
        message_id = frame[1]
        match self.fault:
            case "never":
                return
            case "late":
                await asyncio.sleep(TIMEOUT_S + 1)
                await super()._receive(link, text)
            case "twice":
                await super()._receive(link, text)
                await super()._receive(link, text)
            case "out of order":
                if self.first_answer is not None:
                    await self.say(link.station_id, self.first_answer)
                if frame[2] != "BootNotification":  # to the judge an answer to it is a new word
                    self.first_answer = json.dumps([3, message_id, {}])
                await super()._receive(link, text)
            case "of another":
                await self.say(link.station_id, json.dumps([3, "of-nobody", {"status": "x"}]))
                await super()._receive(link, text)
            case "wrong":
                await self.say(link.station_id, json.dumps([3, message_id, {"status": 7}]))
            case "no object":
                await self.say(link.station_id, json.dumps([3, message_id, []]))
            case "error":
                await self.say(link.station_id, json.dumps([4, message_id, "Odd", "", {}]))
            case "half":
                await self.say(link.station_id, json.dumps([3, message_id]))


FAULTS = (
    "never", "late", "twice", "out of order", "of another", "wrong", "no object", "error", "half",
)  # fmt: skip


class FaultyBench(Bench):
    """A charger whose central system is ``FaultyCsms``."""

    kind = FaultyCsms
    answer_s = TIMEOUT_S - 0.1  # the steps of the loop


@pytest.mark.parametrize("fault", FAULTS)
def test_each_fault_of_an_answer_costs_nothing(tmp_path: Path, fault: str) -> None:
    bench = FaultyBench(tmp_path, ocpp__keys=QUICK)
    sold = charge(bench, fault)
    assert (sold.is_over, sold.reason) == (True, "Local")
    assert sold.energy_wh > 0
    assert isinstance(bench.csms, FaultyCsms)
    assert bench.csms.met >= set(MESSAGES)


async def let_in(bench: Bench) -> None:
    """Hold the card to the reader until it is believed: who gets no answer is not let in."""
    for _ in range(2):
        bench.swipe(CARD)
        with contextlib.suppress(AssertionError):
            await bench.until(lambda: bench.status() == "Charging", 40)
            return
    raise AssertionError(f"not let in: {bench.watched.record.tail()}")


def charge(bench: FaultyBench, fault: str) -> Transaction:
    """One session; the transaction as the wire told it."""

    async def story() -> None:
        async with bench.running():
            csms = bench.csms
            assert isinstance(csms, FaultyCsms)
            csms.fault, csms.interval_s = fault, 5
            await bench.until(lambda: bench.registered and STATION in bench.csms.links, 200)
            await bench.set_keys(MeterValueSampleInterval=2, HeartbeatInterval=4)
            bench.plug(**CAR)
            await let_in(bench)
            await asyncio.sleep(6)
            bench.swipe(CARD)
            await bench.gone()
            bench.unplug()
            await bench.until(lambda: bench.registered and bench.is_free, 200)
            await bench.until(lambda: csms.met >= set(MESSAGES), 60)

    bench.play_lives(story())
    (sold,) = bench.told
    return sold


class TooLateCsms(FamilyCsms):
    """Answers a begin when the station has given it up, and is well known to live meanwhile."""

    async def _receive(self, link: StationLink, text: str | bytes) -> None:
        if json.loads(text)[2] == "StartTransaction":
            await asyncio.sleep(1)
            await self.say(link.station_id, '[2,"alive","GetLocalListVersion",{}]')
            await asyncio.sleep(TIMEOUT_S)
        await super()._receive(link, text)


class TooLateBench(Bench):
    """A charger whose central system is ``TooLateCsms``."""

    kind = TooLateCsms
    answer_s = TIMEOUT_S - 0.1


def test_a_begin_answered_after_it_was_given_up_still_gives_its_number(tmp_path: Path) -> None:
    once = "{MessageTimeout = 3, TransactionMessageAttempts = 1, MeterValueSampleInterval = 2}"
    bench = TooLateBench(tmp_path, ocpp__keys=once)

    async def case(made: Bench) -> None:
        made.plug(**CAR)
        await let_in(made)
        await made.until(lambda: len(made.calls("MeterValues")) >= 2, 60)
        made.swipe(CARD)
        await made.gone()
        await made.settle()

    bench.play(case)
    assert len(bench.calls("StartTransaction")) == 1
    (stop,) = bench.calls("StopTransaction")
    assert stop["transactionId"] == int(bench.told[0].key) != -1
