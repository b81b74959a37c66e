"""History: each limit that bound is one line; what flickers is one as well."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.limits.history import FLICKER_S, MOVES_S, History, Moment
from ampkeeper.firmware.limits.ledger import Entry

NOON = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)


def at(now_s: float) -> datetime:
    return NOON + timedelta(seconds=now_s)


def bound(source: str, current_a: float, detail: str = "") -> Entry:
    return Entry(source, current_a, 3, f"{source} says so", NOON, detail=detail)


def played(told: list[tuple[str, float]], each_s: float = 1.0) -> list[Moment]:
    """One entry binds after the other, for so long each."""
    history, written = History(), []
    for place, (source, current_a) in enumerate(told):
        now_s = place * each_s
        moment = history.note(bound(source, current_a), current_a, at(now_s), now_s)
        written += [moment] if moment is not None else []
    return written


def test_before_anything_binds_nothing_is_written():
    assert History().note(None, 0.0, NOON, 0.0) is None


def test_what_binds_after_a_start_is_written_once_it_has_settled():
    seen = played([("meter", 0.0), ("board", 32.0)] + [("cable", 20.0)] * 20)
    assert [(one.source, one.at, one.changes) for one in seen] == [("cable", at(2.0), 3)]


def test_another_source_is_written_at_once_with_its_time():
    seen = played([("cable", 20.0)] * 30 + [("owner", 10.0)] * 5)
    assert [(one.source, one.at) for one in seen] == [("cable", at(0.0)), ("owner", at(30.0))]


def test_words_that_change_all_the_time_are_no_change():
    history = History()
    seen = [history.note(bound("sun", 9.0, f"{n} W"), 9.0, at(n), float(n)) for n in range(100)]
    assert len([one for one in seen if one is not None]) == 1


def test_two_that_alternate_are_one_line_every_ten_seconds():
    told = [("cable", 20.0)] * 20 + [("cable", 20.0), ("mains", 12.0)] * 50
    seen = played(told)
    assert len(seen) <= 2 + 100 / FLICKER_S
    assert sum(one.changes for one in seen) >= 80


def test_a_current_that_moves_is_one_line_a_minute():
    seen = played([("sun", 6.0 + n % 20) for n in range(600)])
    assert 600 / MOVES_S - 1 <= len(seen) <= 600 / MOVES_S + 1


STEPS = st.lists(
    st.tuples(st.sampled_from(["cable", "owner", "sun"]), st.sampled_from([0.0, 6.0, 16.0])),
    min_size=1,
    max_size=30,
)


@given(STEPS)
def test_what_holds_long_enough_is_replayed_to_the_second(steps: list[tuple[str, float]]):
    hold_s = int(MOVES_S) + 1
    told = [step for step in steps for _ in range(hold_s)]
    written = played(told)
    for now_s, (source, current_a) in enumerate(told):
        line = [one for one in written if one.at <= at(now_s)][-1]
        assert (line.source, line.current_a) == (source, current_a)


@given(STEPS, st.integers(1, 30))
def test_the_newest_line_is_never_long_behind_the_ledger(
    steps: list[tuple[str, float]], hold_s: int
):
    """Whenever something has held for as long as a change may wait, it is what was written."""
    history = History()
    newest: Moment | None = None
    held_s, before, now_s = 0, None, 0
    for step in steps:
        for _ in range(hold_s):
            held_s = held_s + 1 if step == before else 0
            before = step
            moment = history.note(bound(*step), step[1], at(now_s), float(now_s))
            newest = moment if moment is not None else newest
            if held_s >= MOVES_S:
                assert newest is not None
                assert (newest.source, newest.current_a) == step
            now_s += 1


@pytest.mark.parametrize("count", [1, 2, 5])
def test_it_says_for_how_many_changes_a_line_stands(count: int):
    quiet = [("cable", 20.0)] * 12
    flicker = [("owner", 6.0 + n) for n in range(count)]
    seen = played(quiet + [("meter", 6.0)] + flicker + [("owner", 16.0)] * 12)
    assert seen[-1].source == "owner"
    assert seen[-1].changes == count + 2
