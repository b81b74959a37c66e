"""Every plan near home and near a charge; the explorer against rings broken on purpose."""

import os
from dataclasses import replace
from typing import Any

import pytest

from ampkeeper.firmware.safety import fault, guards, pilot, sequence
from ampkeeper.firmware.safety.signals import Outputs
from ampkeeper.firmware.safety.supervisor import Supervisor
from tools.explore import search
from tools.explore.__main__ import explore, words_of
from tools.explore.forget import forget, rules_of
from tools.explore.memory import Memory, Rules, Unfollowed
from tools.explore.plans import PLANS
from tools.explore.scale import scaled, short_times
from tools.explore.search import Counterexample, Result
from tools.explore.told import PAGE, cells_of, page_of, ring_digest, rows_of
from tools.explore.world import Plan

STATES = int(os.environ.get("EXPLORE_STATES", "600"))
TIMEOUT_S = 4 * 3600 if STATES > 10_000 else 300
BY_NAME = {plan.name: plan for plan in PLANS}
pytestmark = pytest.mark.timeout(TIMEOUT_S)


@pytest.mark.parametrize("plan", PLANS, ids=[plan.name for plan in PLANS])
def test_no_invariant_breaks_near_the_start_and_near_a_charge(plan: Plan) -> None:
    result = explore(plan, STATES, is_from_charge=True)
    print(words_of(plan, result, 0))
    assert result.is_closed or result.states >= STATES
    assert sequence.CHARGING in result.sequences


def broken(name: str, states: int = 2_000) -> str:
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
    words = broken("ventilated")
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
    assert words.startswith(("assert CURRENT_MA_MIN <=", "I2"))  # no duty for nothing


def test_a_fault_that_is_never_left_is_a_dead_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guards, "_in_fault", lambda ring: sequence.NOTHING)
    small = Plan("small", settings=BY_NAME["pilot"].settings, cp=("A", "E"), host=("none",))
    with pytest.raises(Counterexample, match="I7"):
        explore(small, 100_000)


def test_a_charger_that_is_ready_and_not_for_ever_is_a_dead_end(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    report = Supervisor._report

    def flapping(self: Supervisor) -> Outputs:
        if not self.faults.clear(fault.RAIL_FAULT):
            self.faults.raise_fault(fault.RAIL_FAULT)
        return report(self)

    monkeypatch.setattr(Supervisor, "_report", flapping)
    small = Plan("small", settings=BY_NAME["pilot"].settings, cp=("A",), host=("none",))
    with pytest.raises(Counterexample, match="I7"):
        explore(small, 100_000)


@pytest.mark.parametrize("name", ["ready_ms", "x1_ms"])
def test_a_key_that_forgets_what_decides_is_found(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def too_much(ring: Supervisor) -> None:
        forget(ring)
        setattr(ring, name, 0)

    monkeypatch.setattr(search, "forget", too_much)
    assert broken("ventilation").startswith("a key forgets what decides")


def test_an_age_that_stops_too_early_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    def too_short(ring: Supervisor, plan: Plan) -> Rules:
        made = rules_of(ring, plan)
        return replace(made, caps=made.caps | {"x1_ms": 10})

    monkeypatch.setattr(search, "rules_of", too_short)
    assert broken("ventilation").startswith("a key forgets what decides")


def test_the_page_tells_of_every_plan() -> None:
    told = [line[2:].split(" | ")[0] for line in PAGE.read_text(encoding="utf-8").splitlines()]
    assert [name for name in told if name in BY_NAME] == list(BY_NAME)


def test_a_page_holds_what_was_counted_until_ring_1_changes() -> None:
    result = Result(1_234, 5_678, 9, True, 7, (), frozenset())
    rows = {name: cells_of(BY_NAME[name], result, 2.6) for name in ("pilot", "car and permit")}
    page = page_of(rows)
    assert "| pilot | 6 | 1,234 | 5,678 | 9 | 7 | 3 |" in page
    assert "| **2 plans** | | **2,468** | **11,356** | | | **6** |" in page
    assert rows_of(page) == rows
    assert rows_of(page.replace(ring_digest(), "0" * 16)) == {}


class Kept:
    """What a memory cannot follow."""


def test_an_attribute_that_cannot_be_followed_is_named() -> None:
    class Odd:
        def __init__(self) -> None:
            self.state = 1
            self.strange = Kept()

    with pytest.raises(Unfollowed, match="strange is a Kept"):
        Memory(Odd(), Rules())


def test_an_attribute_made_later_is_named() -> None:
    class Late:
        def __init__(self) -> None:
            self.state = 1

    late: Any = Late()
    memory = Memory(late, Rules())
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
    memory = Memory(some, Rules(longest_ms=100, has_counts=False))
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
