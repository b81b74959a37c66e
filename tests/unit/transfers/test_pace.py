"""The pace of a transfer, in times that are arguments."""

from ampkeeper.firmware.transfers.pace import BYTES_MIN, WINDOW_S, Pace
from ampkeeper.firmware.transfers.plan import Plan, plan_of


def test_without_a_cap_nothing_waits() -> None:
    pace = Pace(100.0)
    assert pace.wait_s(1 << 20, 0, 100.1) == 0.0


def test_the_cap_holds_over_many_chunks() -> None:
    pace, now_s = Pace(0.0), 0.0
    for _ in range(100):
        now_s += pace.wait_s(10_000, 50_000, now_s)
    assert 19.0 <= now_s <= 20.0  # a million bytes at 50 kB/s, but for one second's credit


def test_a_cap_of_less_than_a_chunk_in_one_wait_holds() -> None:
    pace, now_s, count = Pace(0.0), 0.0, 65_536
    while wait_s := pace.wait_s(count, 1_000, now_s):
        now_s, count = now_s + wait_s, 0
    assert 64.0 <= now_s <= 65.6


def test_a_cap_that_is_raised_counts_for_what_is_still_owed() -> None:
    pace = Pace(0.0)
    assert pace.wait_s(65_536, 1, 0.0) == 5.0
    assert pace.wait_s(0, 65_536, 5.0) == 0.0


def test_a_silence_is_no_credit_for_a_burst() -> None:
    pace = Pace(0.0)
    pace.wait_s(1, 1000, 0.0)
    now_s = 500.0
    waited_s = sum(pace.wait_s(1000, 1000, now_s) for _ in range(5))
    assert waited_s >= 4.0


def test_one_wait_is_short_so_that_a_changed_cap_counts_soon() -> None:
    assert Pace(0.0).wait_s(1 << 20, 1, 0.0) == 5.0


def test_a_server_that_gives_hardly_anything_is_too_slow() -> None:
    pace = Pace(0.0)
    pace.wait_s(BYTES_MIN - 1, 0, 1.0)
    assert not pace.is_too_slow(WINDOW_S - 1)
    assert pace.is_too_slow(WINDOW_S)


def test_a_server_that_gives_enough_is_not() -> None:
    pace = Pace(0.0)
    for window in range(1, 5):
        pace.wait_s(BYTES_MIN, 0, window * WINDOW_S - 1)
        assert not pace.is_too_slow(window * WINDOW_S)


def test_our_own_waits_are_not_the_servers_slowness() -> None:
    pace, now_s = Pace(0.0), 0.0
    while now_s < 3 * WINDOW_S:
        now_s += pace.wait_s(40, 10, now_s)  # a cap of 10 B/s is not the server's fault
        assert not pace.is_too_slow(now_s)


def test_what_was_not_said_is_ours_and_what_was_said_is_bounded() -> None:
    assert plan_of(None, None) == Plan(3, 60)
    assert plan_of(0, 0) == Plan(0, 0)
    assert plan_of(-5, -5) == Plan(0, 0)
    assert plan_of(10**9, 10**9) == Plan(100, 86_400)
