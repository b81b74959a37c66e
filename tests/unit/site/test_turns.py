"""Turns: whoever wants current has it some time, and has it for long enough."""

from random import Random

from hypothesis import given, settings
from hypothesis import strategies as st

from ampkeeper.firmware.site.allocator import Allocator, Claim
from ampkeeper.firmware.site.circuits import Circuit, Tree
from ampkeeper.firmware.site.turns import NEW, STANDING_S_MAX, TURN_S, Standing, Turns

STEP_S = 60.0


def order_of(turns: Turns, told: dict[str, Standing]) -> list[str]:
    places = turns.places(told)
    return sorted(places, key=lambda member: places[member])


def test_who_charged_for_a_turn_goes_behind_those_who_wait() -> None:
    told = dict.fromkeys(("a", "b", "c"), NEW)
    turns = Turns().passed(told, {"a"}, TURN_S - 1)
    assert order_of(turns, told) == ["a", "b", "c"]
    turns = turns.passed(told, {"a"}, 1)
    assert order_of(turns, told) == ["b", "c", "a"]


def test_who_waits_longest_comes_first() -> None:
    told = dict.fromkeys(("a", "b", "c"), NEW)
    turns = Turns().passed({"c": NEW}, set(), STEP_S)
    turns = turns.passed(told, {"a"}, STEP_S)
    assert order_of(turns, told) == ["a", "c", "b"]


def test_who_no_longer_wants_current_is_forgotten() -> None:
    turns = Turns().passed(dict.fromkeys(("a", "b"), NEW), {"a"}, STEP_S)
    turns = turns.passed({"b": NEW}, {"b"}, STEP_S)
    assert turns == Turns({"b": Standing(True, STEP_S)})
    assert order_of(turns, dict.fromkeys(("a", "b"), NEW)) == ["b", "a"]


def test_another_leader_goes_on_where_the_last_one_was() -> None:
    told = dict.fromkeys(("a", "b", "c"), NEW)
    turns = Turns().passed({"b": NEW}, set(), STEP_S)
    turns = turns.passed(told, {"c"}, STEP_S)
    assert order_of(Turns(), dict(turns.standings)) == order_of(turns, told) == ["c", "b", "a"]


def test_of_who_is_known_it_does_not_count_what_it_tells() -> None:
    told = dict.fromkeys(("a", "b"), NEW)
    turns = Turns().passed(told, {"a"}, TURN_S)
    boasts = {"a": Standing(True, 1.0), "b": NEW}
    assert order_of(turns, boasts) == ["b", "a"]


def test_no_standing_is_longer_than_can_be_told() -> None:
    assert NEW.after(1e12, is_in=True) == Standing(True, STANDING_S_MAX)


@settings(max_examples=20)
@given(st.integers(1, 12), st.integers(6, 60), st.sampled_from((0.0, 0.2, 1.0)))
def test_nobody_waits_longer_than_all_others_have_their_turn(
    members: int, feeder_a: int, leaves: float
) -> None:
    """However often another leads, who knows only what the members tell of themselves."""
    chance = Random(members * feeder_a)
    tree = Tree([Circuit("feeder", (float(feeder_a),) * 3)])
    names = [f"m{number:02}" for number in range(members)]
    at_once = min(feeder_a // 6, members)
    longest_s = -(-members // at_once) * (TURN_S + STEP_S)
    turns, waited_s = Turns(), dict.fromkeys(names, 0.0)
    told = dict.fromkeys(names, NEW)
    for _ in range(int(3 * longest_s / STEP_S)):
        if chance.random() < leaves:
            turns = Turns()
        places = turns.places(told)
        claims = [Claim(name, "feeder", (0, 1, 2), 16.0, turn=places[name]) for name in names]
        given_a = Allocator(tree).allocate(claims)
        charging = {name for name in names if given_a[name] > 0.0}
        assert len(charging) == at_once
        turns = turns.passed(told, charging, STEP_S)
        for name in names:
            told[name] = told[name].after(STEP_S, is_in=name in charging)
            waited_s[name] = 0.0 if name in charging else waited_s[name] + STEP_S
        assert max(waited_s.values()) <= longest_s
