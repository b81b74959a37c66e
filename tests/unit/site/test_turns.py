"""Turns: whoever wants current has it some time, and has it for long enough."""

from hypothesis import given, settings
from hypothesis import strategies as st

from ampkeeper.firmware.site.allocator import Allocator, Claim
from ampkeeper.firmware.site.circuits import Circuit, Tree
from ampkeeper.firmware.site.turns import TURN_S, Turns, passed

STEP_S = 60.0


def test_who_charged_for_a_turn_goes_behind_those_who_wait() -> None:
    turns = passed(Turns(), ["a", "b", "c"], {"a"}, TURN_S - 1)
    assert turns.order == ("a", "b", "c")
    turns = passed(turns, ["a", "b", "c"], {"a"}, 1)
    assert turns.order == ("b", "c", "a")
    assert turns.served_s["a"] == 0.0


def test_nobody_goes_behind_while_nobody_waits() -> None:
    turns = passed(Turns(), ["a", "b"], {"a", "b"}, 10 * TURN_S)
    assert turns.order == ("a", "b")
    assert turns.turn_of("a") == 0.0
    assert turns.turn_of("new") == 2.0


def test_who_no_longer_wants_current_is_forgotten() -> None:
    turns = passed(Turns(), ["a", "b"], {"a"}, STEP_S)
    turns = passed(turns, ["b"], {"b"}, STEP_S)
    assert turns == Turns(("b",), {"b": STEP_S})
    assert passed(turns, ["a", "b"], {"b"}, STEP_S).order == ("b", "a")


@settings(max_examples=20)
@given(st.integers(1, 12), st.integers(6, 60))
def test_nobody_waits_longer_than_all_others_have_their_turn(members: int, feeder_a: int) -> None:
    tree = Tree([Circuit("feeder", (float(feeder_a),) * 3)])
    names = [f"m{number:02}" for number in range(members)]
    at_once = min(feeder_a // 6, members)
    longest_s = -(-members // at_once) * (TURN_S + STEP_S)
    turns, waited_s = Turns(), dict.fromkeys(names, 0.0)
    for _ in range(int(3 * longest_s / STEP_S)):
        claims = [
            Claim(name, "feeder", (0, 1, 2), 16.0, turn=turns.turn_of(name)) for name in names
        ]
        given_a = Allocator(tree).allocate(claims)
        charging = {name for name in names if given_a[name] > 0.0}
        assert len(charging) == at_once
        turns = passed(turns, names, charging, STEP_S)
        for name in names:
            waited_s[name] = 0.0 if name in charging else waited_s[name] + STEP_S
        assert max(waited_s.values()) <= longest_s
