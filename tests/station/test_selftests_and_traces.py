"""Self-tests and traces of a whole charger: asked for, kept over power cuts, never lost."""

import asyncio
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.board.emulated.virtual_charger import VirtualCharger
from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.safety import fault
from ampkeeper.firmware.station import examine
from ampkeeper.firmware.store.store import STORE_FILE, open_read_only
from ampkeeper.firmware.trace.rows import decode, moment_of_cause

CAR = {"max_a": 16.0, "phases": 3, "cable_a": 20}


def ask(made: VirtualCharger, verb: str, **arguments: Any) -> Any:
    return made.app.api.answer(verb, arguments)


async def charging(made: VirtualCharger) -> None:
    await made.until(lambda: made.csms.links != {} and made.status() == "Available")
    made.plug(**CAR)
    made.swipe()
    await made.until(lambda: made.status() == "Charging")


async def at_rest(made: VirtualCharger) -> None:
    await made.until(lambda: made.csms.links != {} and made.status() == "Available")
    await asyncio.sleep(30)


def results(answer: Any) -> dict[tuple[int, int], str]:
    return {(test["evse_id"], test["number"]): test["result"] for test in answer["tests"]}


def played(made: VirtualCharger, story: Any) -> Any:
    async def run() -> Any:
        async with made.running():
            return await story(made)

    return run_virtual(run())


def recorder_of(made: VirtualCharger) -> Any:
    return made.bench.rings[1].board.recorder


def test_a_fault_in_mid_charge_leaves_a_trace_with_what_led_there(tmp_path: Path) -> None:
    async def story(made: VirtualCharger) -> Any:
        await charging(made)
        await asyncio.sleep(20)
        made.car.leakage.dc_ma = 6.0
        await made.until(lambda: made.trace.of("trace_stored") != [])
        await asyncio.sleep(1)
        assert recorder_of(made).trace_id == 0, "it records again"
        return await ask(made, "trace")

    found = played(VirtualCharger(tmp_path), story)["trace"]
    assert (found["number"], found["evse_id"], found["cause"]) == (1, 1, "RcdDc")
    rows = decode(bytes.fromhex(found["rows"]))
    assert len(rows) == 1_000
    before = [row for row in rows if row.at_ms < moment_of_cause(rows)]
    after = [row for row in rows if row.at_ms >= moment_of_cause(rows)]
    assert all(row.coil and row.sequence == "CHARGING" for row in before[:-2])
    assert before[0].current_a == (16.0, 16.0, 16.0)
    assert after[0].is_faulty
    assert not after[-1].mirror


def test_a_trace_is_kept_over_a_power_cut(tmp_path: Path) -> None:
    made = VirtualCharger(tmp_path)

    async def story() -> Any:
        async with made.running():
            await at_rest(made)
            first = await ask(made, "trace", action="freeze")
        async with made.running():
            await at_rest(made)
            return first, await ask(made, "trace", action="number", number=1)

    first, again = run_virtual(story())
    assert first == again
    assert first["trace"]["cause"] == "asked for"


def test_while_the_books_cannot_be_written_ring_1_keeps_its_trace(tmp_path: Path) -> None:
    async def story(made: VirtualCharger) -> None:
        await at_rest(made)
        rival = sqlite3.connect(tmp_path / STORE_FILE, isolation_level=None)
        rival.execute("PRAGMA busy_timeout = 0")
        made.app._store._connection.execute("PRAGMA busy_timeout = 0")
        rival.execute("BEGIN IMMEDIATE")
        recorder_of(made).freeze(fault.PE_LOST)
        await asyncio.sleep(30)
        assert made.trace.of("trace_stored") == []
        assert recorder_of(made).trace_id == 1
        rival.execute("ROLLBACK")
        rival.close()
        await made.until(lambda: recorder_of(made).trace_id == 0)
        assert len(made.app._store.traces()) == 1

    played(VirtualCharger(tmp_path), story)


def test_faults_that_are_put_back_after_a_restart_leave_no_trace(tmp_path: Path) -> None:
    made = VirtualCharger(tmp_path)

    async def story() -> None:
        async with made.running():
            await at_rest(made)
            made.car.leakage.dc_ma = 6.0
            await made.until(lambda: made.trace.of("trace_stored") != [])
            made.car.leakage.dc_ma = 0.0
            await asyncio.sleep(5)
        async with made.running():
            await asyncio.sleep(30)
            assert made.seen()["faults"] == ["RcdDc"]
            assert len(made.trace.of("trace_stored")) == 1

    run_virtual(story())


def test_all_self_tests_are_known_soon_after_start(tmp_path: Path) -> None:
    async def story(made: VirtualCharger) -> Any:
        await at_rest(made)
        return await ask(made, "selftest")

    found = results(played(VirtualCharger(tmp_path), story))
    assert len(found) == 34
    assert set(found.values()) == {"passed", "absent", "not run"}
    own = {key: found[key] for key in ((1, 30), (0, 31), (0, 32), (1, 33), (0, 34))}
    assert set(own.values()) == {"passed"}
    assert found[(1, 11)] == found[(1, 13)] == "passed"


def test_a_charge_leaves_the_results_of_what_takes_a_car(tmp_path: Path) -> None:
    async def story(made: VirtualCharger) -> Any:
        await charging(made)
        made.unplug()
        await made.until(lambda: made.status() == "Available")
        await asyncio.sleep(5)
        return await ask(made, "selftest")

    found = results(played(VirtualCharger(tmp_path), story))
    assert {found[(1, number)] for number in (9, 17, 20, 24)} == {"passed"}


def test_a_run_of_all_waits_for_new_results_and_they_are_in_the_books(tmp_path: Path) -> None:
    async def story(made: VirtualCharger) -> Any:
        await at_rest(made)
        before = await ask(made, "selftest")
        await asyncio.sleep(60)
        return before, await ask(made, "selftest", run=0)

    before, after = played(VirtualCharger(tmp_path), story)
    times = [{test["number"]: test["time"] for test in each["tests"]} for each in (before, after)]
    fresh = {number for number in times[1] if times[1][number] != times[0][number]}
    assert {11, 12, 13, 15, 26, 27, 30, 31, 32, 33, 34} <= fresh
    books = open_read_only(tmp_path / STORE_FILE)
    assert len(books.results(1, 11)) >= 2
    books.close()


def test_one_run_shows_that_one(tmp_path: Path) -> None:
    async def story(made: VirtualCharger) -> Any:
        await at_rest(made)
        return [await ask(made, "selftest", run=number) for number in (15, 11, 16, 32)]

    for answer in played(VirtualCharger(tmp_path), story):
        assert len(answer["tests"]) == 1
        assert answer["tests"][0]["result"] == "passed"


@pytest.mark.parametrize(
    ("verb", "arguments", "said"),
    [
        ("selftest", {"run": 17}, "takes a car; it runs at each closing"),
        ("selftest", {"run": 29}, "needs: contacts"),
        ("selftest", {"run": 35}, "0 for all, or the number"),
        ("selftest", {"run": True}, "0 for all, or the number"),
        ("selftest", {"run": "1"}, "0 for all, or the number"),
        ("selftest", {"evse": 2}, r"evse 2: allowed are \[1\]"),
        ("selftest", {"evse": True}, r"allowed are \[1\]"),
        ("trace", {}, "no trace is kept"),
        ("trace", {"evse": 1}, "no trace of EVSE 1 is kept"),
        ("trace", {"action": "number", "number": 9}, "trace 9 is not kept"),
        ("trace", {"action": "number"}, "number None"),
        ("trace", {"action": "shred"}, "allowed actions are list, number, newest, freeze"),
        ("trace", {"evse": "1"}, r"allowed are \[1\]"),
    ],
)
def test_what_cannot_be_is_refused_with_a_reason(
    tmp_path: Path, verb: str, arguments: dict[str, Any], said: str
) -> None:
    async def story(made: VirtualCharger) -> None:
        await at_rest(made)
        with pytest.raises(LocalRefusedError, match=said):
            await ask(made, verb, **arguments)

    played(VirtualCharger(tmp_path), story)


def test_the_monitors_test_is_refused_while_a_car_charges(tmp_path: Path) -> None:
    async def story(made: VirtualCharger) -> None:
        await charging(made)
        with pytest.raises(LocalRefusedError, match="runs only at rest"):
            await ask(made, "selftest", run=11)
        assert results(await ask(made, "selftest", run=0))[(1, 12)] == "passed"
        assert made.status() == "Charging"

    played(VirtualCharger(tmp_path), story)


def test_a_silent_ring_1_is_said_to_be_silent(tmp_path: Path) -> None:
    async def story(made: VirtualCharger) -> None:
        await at_rest(made)
        made.car.causes.pilot_link = "silent"
        await made.until(lambda: "PilotLinkLost" in made.seen()["faults"])
        for verb, arguments in (("selftest", {"run": 0}), ("trace", {"action": "freeze"})):
            with pytest.raises(LocalRefusedError, match="ring 1 is not heard"):
                await ask(made, verb, **arguments)
        found = results(await ask(made, "selftest"))
        assert found[(1, 33)] == "failed"

    played(VirtualCharger(tmp_path), story)


def test_a_ring_1_that_falls_silent_when_asked_is_given_up_after_ten_seconds(
    tmp_path: Path,
) -> None:
    async def story(made: VirtualCharger) -> None:
        await at_rest(made)
        loop = asyncio.get_running_loop()
        for verb, arguments in (("selftest", {"run": 15}), ("trace", {"action": "freeze"})):
            made.car.causes.pilot_link = "silent"
            began_s = loop.time()
            with pytest.raises(LocalRefusedError, match="within 10 s"):
                await ask(made, verb, **arguments)
            assert loop.time() - began_s == pytest.approx(10, abs=0.5)
            made.car.causes.pilot_link = "ok"
            await asyncio.sleep(20)

    played(VirtualCharger(tmp_path), story)


def test_another_meter_after_a_power_cut_is_noticed(tmp_path: Path) -> None:
    made = VirtualCharger(tmp_path)

    async def story() -> Any:
        async with made.running():
            await at_rest(made)
            assert results(await ask(made, "selftest"))[(1, 30)] == "passed"
            await made.app._worker.run(
                made.app._store._connection.execute,
                "UPDATE meta SET value = '4711' WHERE key = 'meter_serial_1'",
            )
        async with made.running():
            await at_rest(made)
            return await ask(made, "selftest")

    answer = run_virtual(story())
    (meter,) = [test for test in answer["tests"] if test["number"] == 30]
    assert (meter["result"], meter["meaning"]) == ("failed", "another meter")


def test_a_station_alone_looks_each_hour_and_keeps_what_is_new(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def story(made: VirtualCharger) -> None:
        await at_rest(made)
        told = made.app.station.checkup.told
        before = told[(1, 30)]
        await asyncio.sleep(180)
        assert before + 2 <= told[(1, 30)] <= before + 3
        for key in ((0, 31), (0, 32), (1, 30), (1, 33)):
            assert len(made.app._store.results(*key)) == 1

    monkeypatch.setattr(examine, "HOUR_S", 60.0)
    played(VirtualCharger(tmp_path), story)
