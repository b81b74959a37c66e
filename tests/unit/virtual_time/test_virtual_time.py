"""Virtual and scaled time: what jumps, what is refused, what does not drift."""

import asyncio
import hashlib
import os
import threading
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ampkeeper.board.emulated import virtual_time
from ampkeeper.board.emulated.virtual_time import (
    START_UTC,
    Deadlock,
    LoopClock,
    ScaledLoop,
    VirtualLoop,
    run_virtual,
)

DAY_S = 86_400.0
REAL_S = 0.1  # that work in a thread takes


def now_s() -> float:
    return asyncio.get_running_loop().time()


def test_a_year_of_sleep_takes_no_time() -> None:
    async def main() -> float:
        await asyncio.sleep(365 * DAY_S)
        return now_s()

    started_s = time.perf_counter()
    assert run_virtual(main()) == pytest.approx(365 * DAY_S)
    assert time.perf_counter() - started_s < 30


def test_time_stands_while_something_is_ready() -> None:
    async def main() -> float:
        for _ in range(1_000):
            await asyncio.sleep(0)
        return now_s()

    assert run_virtual(main()) == 0.0


def test_timers_run_in_order_at_their_time() -> None:
    async def main() -> list[tuple[str, float]]:
        seen: list[tuple[str, float]] = []

        async def at(name: str, wait_s: float) -> None:
            await asyncio.sleep(wait_s)
            seen.append((name, round(now_s(), 6)))

        async with asyncio.TaskGroup() as group:
            for name, wait_s in (("late", 3.5), ("soon", 0.01), ("never early", 2.0)):
                group.create_task(at(name, wait_s))
        return seen

    assert run_virtual(main()) == [("soon", 0.01), ("never early", 2.0), ("late", 3.5)]


def test_a_tick_of_100_ms_does_not_stand_still_after_194_days() -> None:
    async def main() -> float:
        await asyncio.sleep(400 * DAY_S)
        for _ in range(50):
            await asyncio.sleep(0.1)
        return now_s() - 400 * DAY_S

    assert run_virtual(main()) == pytest.approx(5.0, abs=0.001)


def test_timeouts_are_virtual() -> None:
    async def main() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(7_200):
                await asyncio.Event().wait()
        return now_s()

    assert run_virtual(main()) == pytest.approx(7_200)


def test_waiting_for_nothing_is_a_deadlock_and_says_when() -> None:
    async def main() -> None:
        await asyncio.sleep(12.5)
        await asyncio.Event().wait()

    with pytest.raises(Deadlock, match=r"after 12\.500 s"):
        run_virtual(main())


def test_a_deadlock_still_runs_the_clean_up() -> None:
    cleaned: list[bool] = []

    async def main() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cleaned.append(True)

    with pytest.raises(Deadlock):
        run_virtual(main())
    assert cleaned == [True]


def test_work_for_threads_is_done_at_once_in_this_one() -> None:
    async def main() -> tuple[float, int]:
        assert await asyncio.to_thread(threading.get_ident) == threading.get_ident()
        return now_s(), await asyncio.get_running_loop().run_in_executor(None, pow, 2, 5)

    assert run_virtual(main()) == (0.0, 32)


def test_what_fails_in_a_thread_fails_where_it_is_awaited() -> None:
    async def main() -> None:
        await asyncio.to_thread(int, "nothing")

    with pytest.raises(ValueError, match="nothing"):
        run_virtual(main())


def test_files_cannot_be_waited_for_in_virtual_time() -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()
        with pytest.raises(RuntimeError, match="virtual time"):
            loop.add_reader(0, print)
        with pytest.raises(RuntimeError, match="virtual time"):
            loop.add_writer(1, print)

    run_virtual(main())


def test_the_same_program_gives_the_same_trace() -> None:
    async def main() -> str:
        trace = hashlib.sha256()

        async def tick(name: str, period_s: float) -> None:
            for _ in range(300):
                await asyncio.sleep(period_s)
                trace.update(f"{name} {now_s()!r}\n".encode())

        async with asyncio.TaskGroup() as group:
            for name, period_s in (("a", 0.1), ("b", 0.3), ("c", 1 / 3), ("d", 0.1)):
                group.create_task(tick(name, period_s))
        return trace.hexdigest()

    assert run_virtual(main()) == run_virtual(main())


def test_the_clock_is_the_loop_plus_its_start() -> None:
    start = datetime(2026, 11, 22, 12, tzinfo=UTC)

    async def main() -> None:
        clock = LoopClock()
        await asyncio.sleep(90)
        assert (clock.now(), clock.now_s()) == (start + timedelta(seconds=90), 90.0)
        assert LoopClock().now() == clock.now()
        assert LoopClock(START_UTC).now() == START_UTC

    run_virtual(main(), start)


def test_a_corrected_clock_does_not_move_the_monotonic_one() -> None:
    async def main() -> None:
        clock = LoopClock()
        clock.step(-3_600)
        assert clock.now() == START_UTC - timedelta(hours=1)
        assert clock.now_s() == 0.0

    run_virtual(main())


def on_loop(make: Callable[[], asyncio.AbstractEventLoop]) -> asyncio.Runner:
    return asyncio.Runner(loop_factory=make)


def test_a_scaled_second_is_a_fraction_of_a_real_one() -> None:
    async def main() -> float:
        await asyncio.sleep(20.0)
        return now_s()

    started_s = time.perf_counter()
    with on_loop(lambda: ScaledLoop(200)) as runner:
        assert runner.run(main()) >= 20.0
    real_s = time.perf_counter() - started_s
    assert (
        0.1 <= real_s < 10.0
    )  # no more than 200 times as fast; the upper end is for slow machines


def test_a_machine_that_cannot_keep_up_makes_scaled_time_slower_and_never_jump() -> None:
    async def main() -> float:
        began_s = now_s()
        busy_until_s = time.perf_counter() + 0.05
        while time.perf_counter() < busy_until_s:
            pass  # a machine that is busy with something else
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        return now_s() - began_s

    with on_loop(lambda: ScaledLoop(100)) as runner:
        assert runner.run(main()) < 1.0


def test_a_scaled_loop_reads_real_files() -> None:
    async def main() -> bytes:
        near, far = os.pipe()
        loop = asyncio.get_running_loop()
        ready = loop.create_future()
        loop.add_reader(near, ready.set_result, None)
        loop.call_later(1.0, os.write, far, b"x")
        async with asyncio.timeout(60):
            await ready
        loop.remove_reader(near)
        data = os.read(near, 1)
        os.close(near)
        os.close(far)
        return data

    with on_loop(lambda: ScaledLoop(50)) as runner:
        assert runner.run(main()) == b"x"


def test_a_scaled_loop_keeps_work_in_threads() -> None:
    async def main() -> int:
        return await asyncio.to_thread(sum, (1, 2, 3))

    with on_loop(lambda: ScaledLoop(10)) as runner:
        assert runner.run(main()) == 6


def test_scaled_time_stands_while_work_is_in_a_thread() -> None:
    async def main() -> float:
        began_s = now_s()
        async with asyncio.TaskGroup() as group:
            timer = group.create_task(asyncio.sleep(10.0))
            await asyncio.to_thread(threading.Event().wait, REAL_S)
            passed_s = now_s() - began_s
            assert not timer.done()
        assert now_s() - began_s >= 10.0
        return passed_s

    with on_loop(lambda: ScaledLoop(1_000)) as runner:
        assert runner.run(main()) < 1.0, f"{REAL_S} s in a thread are {1_000 * REAL_S} s here"


def test_a_loop_whose_time_stands_does_not_spin(monkeypatch: pytest.MonkeyPatch) -> None:
    loop = ScaledLoop(1_000)
    selector = loop._scaled_selector
    select, turns = selector.select, []

    def counted(timeout: float | None = None) -> Any:
        turns.append(timeout)
        return select(timeout)

    async def main() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(asyncio.sleep(0.5))  # half a real millisecond
            await asyncio.to_thread(threading.Event().wait, REAL_S)

    monkeypatch.setattr(selector, "select", counted)
    with on_loop(lambda: loop) as runner:
        runner.run(main())
    assert len(turns) < 30


def test_files_are_read_while_scaled_time_stands() -> None:
    async def main() -> float:
        near, far = os.pipe()
        heard = threading.Event()
        loop = asyncio.get_running_loop()
        loop.add_reader(near, lambda: (os.read(near, 1), heard.set()))
        began_s = now_s()

        def work() -> bool:
            os.write(far, b"x")
            return heard.wait(60)

        assert await asyncio.to_thread(work)
        loop.remove_reader(near)
        os.close(near)
        os.close(far)
        return now_s() - began_s

    with on_loop(lambda: ScaledLoop(1_000)) as runner:
        assert runner.run(main()) < 1.0


def test_work_that_hangs_stops_scaled_time_for_no_longer_than_it_may(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(virtual_time, "HOLD_S_MAX", REAL_S)

    async def main() -> bool:
        end = threading.Event()
        asyncio.get_running_loop().call_later(100.0, end.set)
        async with asyncio.TaskGroup() as group:
            behind = group.create_task(asyncio.to_thread(end.wait, 60))
            return await asyncio.to_thread(end.wait, 60) and await behind

    with on_loop(lambda: ScaledLoop(1_000)) as runner:
        assert runner.run(main())
    assert [record.levelname for record in caplog.records] == ["WARNING"]


def test_real_time_does_not_stand_for_work_in_threads() -> None:
    async def main() -> float:
        began_s = now_s()
        await asyncio.to_thread(threading.Event().wait, REAL_S)
        return now_s() - began_s

    with on_loop(lambda: ScaledLoop(1)) as runner:
        assert runner.run(main()) >= 0.9 * REAL_S


def test_the_clock_on_a_plain_loop_shows_the_present() -> None:
    async def main() -> timedelta:
        return datetime.now(UTC) - LoopClock().now()

    assert abs(asyncio.run(main())) < timedelta(seconds=10)


def test_a_virtual_loop_can_be_closed_without_a_run() -> None:
    VirtualLoop().close()
