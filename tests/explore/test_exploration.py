"""Every plan near home and near a charge; the explorer against rings broken on purpose."""

import os
from typing import Any

import pytest

from ampkeeper.firmware.safety import guards, pilot, sequence
from ampkeeper.firmware.safety.supervisor import Supervisor
from tools.explore.__main__ import explore, words_of
from tools.explore.memory import Memory, Unfollowed
from tools.explore.plans import PLANS
from tools.explore.scale import scaled, short_times
from tools.explore.search import Counterexample
from tools.explore.world import Plan

STATES = int(os.environ.get("EXPLORE_STATES", "600"))
HOURS = 4 * 3600 if STATES > 10_000 else 60
BY_NAME = {plan.name: plan for plan in PLANS}
pytestmark = pytest.mark.timeout(HOURS)


@pytest.mark.parametrize("plan", PLANS, ids=[plan.name for plan in PLANS])
def test_no_invariant_breaks_near_the_start_and_near_a_charge(plan: Plan) -> None:
    result = explore(plan, STATES, is_from_charge=True)
    print(words_of(plan, result, 0))
    assert result.is_closed or result.states >= STATES
    assert sequence.CHARGING in result.sequences


def broken(name: str, states: int = 20_000) -> str:
    """Explore a plan that must fail; return the counterexample."""
    with pytest.raises(Counterexample) as found:
        explore(BY_NAME[name], states, is_from_charge=True)
    return str(found.value)


def test_a_ring_that_recloses_at_once_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    apply = Supervisor._apply

    def hasty(self: Supervisor, event: int) -> None:
        apply(self, event)
        self.reclose_left_ms = 0

    monkeypatch.setattr(Supervisor, "_apply", hasty)
    words = broken("car and permit")
    assert words.startswith("I4: closed")
    assert "CP C" in words


def test_a_ring_that_trusts_a_bad_line_for_ever_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    settle = pilot.PilotFilter._settle

    def trusting(self: pilot.PilotFilter, elapsed_ms: int) -> None:
        settle(self, elapsed_ms)
        self._doubt_ms = 0

    monkeypatch.setattr(pilot.PilotFilter, "_settle", trusting)
    assert "I1: coil on" in broken("pilot")


def test_a_ring_that_offers_without_a_permit_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guards, "_may_go_on", lambda ring: True)
    words = broken("car and permit")
    assert words.startswith("assert CURRENT_MA_MIN <=")  # no duty for nothing
    assert "in a charge" in words


def test_a_fault_that_is_never_left_is_a_dead_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guards, "_in_fault", lambda ring: sequence.NOTHING)
    small = Plan("small", settings=BY_NAME["pilot"].settings, cp=("A", "E"), host=("none",))
    with pytest.raises(Counterexample, match="I7"):
        explore(small, 100_000)


class Kept:
    """What a memory cannot follow."""


def test_an_attribute_that_cannot_be_followed_is_named() -> None:
    class Odd:
        def __init__(self) -> None:
            self.state = 1
            self.strange = Kept()

    with pytest.raises(Unfollowed, match="strange is a Kept"):
        Memory(Odd(), 100, {}, ())


def test_an_attribute_made_later_is_named() -> None:
    class Late:
        def __init__(self) -> None:
            self.state = 1

    late: Any = Late()
    memory = Memory(late, 100, {}, ())
    late.other = 2
    with pytest.raises(Unfollowed, match="grew"):
        memory.check_shape()


def test_what_is_saved_comes_back() -> None:
    class Some:
        def __init__(self) -> None:
            self.state = 1
            self.left_ms = 5
            self.stop_count = 7
            self.bits = bytearray(3)

    some = Some()
    memory = Memory(some, 100, {}, ())
    first = memory.save()
    some.state, some.left_ms, some.bits[1] = 2, 500, 9
    second = memory.save()
    assert (some.left_ms, some.stop_count) == (100, 0)
    memory.load(first)
    assert (some.state, some.left_ms, bytes(some.bits)) == (1, 5, b"\0\0\0")
    memory.load(second)
    assert (some.state, some.left_ms, bytes(some.bits)) == (2, 100, b"\0\x09\0")


def test_short_times_keep_their_order_and_are_put_back() -> None:
    times = (0, 10, 20, 60, 100, 200, 600, 2_000, 6_000, 10_000, 30_000, 86_400_000)
    short = [scaled(ms) for ms in times]
    assert short == sorted(short)
    before = pilot._TRUST_MS
    with short_times():
        assert scaled(before) == pilot._TRUST_MS < before
    assert before == pilot._TRUST_MS
