"""A reader that sends noise or nothing: nobody is let in by it, and no charge ends through it."""

import asyncio
from pathlib import Path

import pytest

from ampkeeper.board.emulated.virtual_time import run_virtual
from tests.support.rig import CAR, CARD
from tests.support.virtual import Charger

NOISE_S = 120


def test_noise_is_no_card_and_ends_no_charge(tmp_path: Path) -> None:
    made = Charger(tmp_path)

    async def play() -> None:
        async with made.running():
            await made.charge()
            tags = len(made.trace.of("tag"))
            reader, line = made.bench._reader, made.bench._reader_stream
            assert line is not None
            for _ in range(NOISE_S):
                reader.noise = made.random.randbytes(made.random.randrange(64))
                reader.cut_count = made.random.randrange(4)
                line.write(made.random.randbytes(made.random.randrange(400)))
                await asyncio.sleep(1)
            assert len(made.trace.of("tag")) == tags
            assert made.status() == "Charging"
            reader.noise, reader.cut_count = b"", 0
            await asyncio.sleep(30)
            assert made.faults == []
            made.swipe(CARD)
            await made.until(lambda: made.told[0].is_over, 20)
            await made.settle()

    run_virtual(play())
    (done,) = made.check()
    assert done.reason == "Local"
    made.check_bills([done])
    assert made.watch.closed_count == 1


def test_a_silent_reader_is_told_and_leaves_the_other_ways_open(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    made = Charger(tmp_path)

    async def play() -> None:
        async with made.running():
            await made.until(lambda: made.registered)
            made.world.reader = "silent"
            await made.until(lambda: made.faults == ["ReaderSilent"], 30)
            assert made.status() == "Available", "it stops nothing"
            made.plug(**CAR)
            await made.until(lambda: made.status() == "Preparing")
            made.swipe(CARD)
            await asyncio.sleep(10)
            assert made.told == []
            token = {"idToken": CARD, "type": "ISO14443"}
            asked = {"evseId": 1, "remoteStartId": 5, "idToken": token}
            answer = await made.csms.call("AK0001", "RequestStartTransaction", asked)
            assert answer[2]["status"] == "Accepted"
            await made.until(lambda: made.status() == "Charging")
            made.world.reader = "ok"
            await made.until(lambda: made.faults == [], 30)
            await asyncio.sleep(3)
            assert made.status() == "Charging"
            await made.settle()

    run_virtual(play())
    (done,) = made.check()
    made.check_bills([done])
    warnings = [each for each in caplog.records if "reader 1" in each.getMessage()]
    assert len([each for each in warnings if each.levelname == "WARNING"]) == 1, "once per silence"
