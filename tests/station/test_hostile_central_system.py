"""A central system that sends nonsense, floods, falls silent, answers late or twice.

A car charges meanwhile. The station lives, the contactor is where ring 1 wants it, the bill is
what the meter counted, and each transaction is told once.
"""

import asyncio
from pathlib import Path

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from tests.support.hostile import GARBAGE, TEN_MB, flood
from tests.support.record import IN, OUT
from tests.support.rig import VERSIONS
from tests.support.transactions import Transaction
from tests.support.virtual import STATION, Charger

pytestmark = pytest.mark.parametrize("version", VERSIONS)

FLOOD = 300


async def is_well(made: Charger) -> None:
    """It charges, and answers a question at once."""
    assert made.status() == "Charging"
    assert made.car.contactor.is_closed
    assert sum(made.car.power_uw) > 0
    (question,) = flood(1, made.is_16)
    await made.until(lambda: STATION in made.csms.links, 60)
    before = len(made.watched.record.frames)
    await made.watched.say(STATION, question.replace("flood-0", f"well-{before}"))
    await asyncio.sleep(0.1)
    answers = [
        seen.parts
        for seen in made.watched.record.frames[before:]
        if seen.direction == IN and seen.parts and seen.parts[:2] == [3, f"well-{before}"]
    ]
    assert len(answers) == 1


async def finish(made: Charger) -> None:
    await asyncio.sleep(5)
    await made.settle()


def judged(made: Charger) -> Transaction:
    (done,) = made.check()
    made.check_bills([done])
    assert made.watch.closed_count == 1, "the charge was never interrupted"
    return done


def test_garbage_costs_nothing(tmp_path: Path, version: str) -> None:
    made = Charger(tmp_path, version)

    async def play() -> None:
        async with made.running():
            await made.charge()
            for text in GARBAGE.values():
                await made.watched.say(STATION, text)
                await asyncio.sleep(0.2)
                await is_well(made)
            assert made.watched.record.lives == [1], "no reason to leave"
            await finish(made)

    run_virtual(play())
    judged(made)


def test_ten_megabytes_cost_nothing(tmp_path: Path, version: str) -> None:
    made = Charger(tmp_path, version)

    async def play() -> None:
        async with made.running():
            await made.charge()
            await made.watched.say(STATION, TEN_MB)
            await asyncio.sleep(1)
            await is_well(made)
            await finish(made)

    run_virtual(play())
    judged(made)


def test_a_flood_of_calls_is_answered_and_stops_nothing(tmp_path: Path, version: str) -> None:
    made = Charger(tmp_path, version)

    async def play() -> None:
        async with made.running():
            await made.charge()
            for text in flood(FLOOD, made.is_16):
                await made.watched.say(STATION, text)
            await asyncio.sleep(5)
            await is_well(made)
            await finish(made)

    run_virtual(play())
    judged(made)
    frames = made.watched.record.frames
    answered = [seen.parts[1] for seen in frames if seen.direction == IN and seen.parts[0] == 3]
    assert [name for name in answered if name.startswith("flood")] == [
        f"flood-{number}" for number in range(FLOOD)
    ]


def test_answers_that_come_twice_change_nothing(tmp_path: Path, version: str) -> None:
    made = Charger(tmp_path, version)

    async def play() -> None:
        async with made.running():
            await made.until(lambda: made.is_on and hasattr(made, "app"))
            made.watched.copies = 2
            await made.charge()
            await asyncio.sleep(70)
            await is_well(made)
            await finish(made)

    run_virtual(play())
    judged(made)
    assert made.csms.books.repeats == 0


@pytest.mark.parametrize("late_s", [25.0, 70.0])
def test_answers_that_come_late_lose_and_double_nothing(
    tmp_path: Path, version: str, late_s: float
) -> None:
    made = Charger(tmp_path, version)

    async def play() -> None:
        async with made.running():
            await made.charge()
            made.watched.answer_s = lambda: late_s
            await asyncio.sleep(200)
            assert made.status() == "Charging"
            made.watched.answer_s = lambda: 0.0
            await finish(made)

    run_virtual(play())
    judged(made)


def test_a_central_system_that_hears_nothing_is_left_and_told_later(
    tmp_path: Path, version: str
) -> None:
    made = Charger(tmp_path, version)

    async def play() -> None:
        async with made.running():
            await made.charge()
            made.watched.ignores = lambda action: True
            await asyncio.sleep(250)
            assert made.status() == "Charging"
            made.watched.ignores = lambda action: False
            await finish(made)

    run_virtual(play())
    judged(made)
    assert len(made.watched.record.lives) > 1, "a dead link is given up"


def test_a_connection_that_breaks_all_the_time_loses_and_doubles_nothing(
    tmp_path: Path, version: str
) -> None:
    made = Charger(tmp_path, version)

    async def play() -> None:
        async with made.running():
            await made.charge()
            made.watched.answer_s = lambda: made.random.uniform(0.0, 2.0)
            for _ in range(40):
                await asyncio.sleep(made.random.uniform(1.0, 12.0))
                if STATION in made.csms.links:
                    made.watched.drop(STATION)
            assert made.status() == "Charging"
            made.watched.answer_s = lambda: 0.0
            await finish(made)

    run_virtual(play())
    judged(made)
    assert len(made.watched.record.lives) > 10


def test_a_central_system_that_refuses_every_fact_ends_no_charge(
    tmp_path: Path, version: str
) -> None:
    made = Charger(tmp_path, version)
    facts = ("StartTransaction", "StopTransaction", "MeterValues", "TransactionEvent")

    async def play() -> None:
        async with made.running():
            await made.charge()
            made.watched.refuses = lambda action: action in facts
            await asyncio.sleep(400)
            assert made.status() == "Charging"
            made.watched.refuses = lambda action: False
            await finish(made)

    run_virtual(play())
    assert made.watch.breaches == []
    assert made.watch.closed_count == 1
    (told,) = made.told
    assert told.is_over, "what is new is told again"
    out = [seen.parts for seen in made.watched.record.frames if seen.direction == OUT]
    assert [parts for parts in out if parts[0] == 4] != []
