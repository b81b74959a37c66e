"""Allocator: cases that one can reckon by hand, and claims that cannot be."""

import math

import pytest

from ampkeeper.firmware.site.allocator import Allocator, Claim
from ampkeeper.firmware.site.circuits import Circuit, PerPhase, SiteRefused, Tree

ALL = (0, 1, 2)


def shared(claims: list[Claim], limit_a: float = 32.0, **others: PerPhase) -> dict[str, float]:
    tree = Tree([Circuit("feeder", (limit_a,) * 3), Circuit("row", (20.0,) * 3, "feeder")])
    return Allocator(tree).allocate(claims, others)


def test_equals_share_alike_and_what_one_cannot_use_the_others_get() -> None:
    claims = [Claim("a", "feeder", ALL, 32.0), Claim("b", "feeder", ALL, 32.0)]
    assert shared(claims) == {"a": 16.0, "b": 16.0}
    assert shared([*claims, Claim("c", "feeder", ALL, 8.0)]) == {"a": 12.0, "b": 12.0, "c": 8.0}
    assert shared([*claims, Claim("c", "feeder", ALL, 5.9)]) == {"a": 16.0, "b": 16.0, "c": 0.0}


def test_the_fuse_of_a_row_binds_only_those_behind_it() -> None:
    claims = [Claim("a", "row", ALL, 32.0), Claim("b", "row", ALL, 32.0)]
    assert shared([*claims, Claim("c", "feeder", ALL, 32.0)]) == {"a": 10.0, "b": 10.0, "c": 12.0}


def test_cars_on_other_phases_do_not_share() -> None:
    claims = [Claim("a", "feeder", (0,), 32.0), Claim("b", "feeder", (1,), 32.0)]
    assert shared(claims) == {"a": 32.0, "b": 32.0}
    assert shared([*claims, Claim("c", "feeder", ALL, 32.0)]) == {"a": 16.0, "b": 16.0, "c": 16.0}


def test_the_house_comes_first_and_feeding_in_makes_no_room() -> None:
    claims = [Claim("a", "feeder", ALL, 32.0)]
    assert shared(claims, feeder=(20.0, 0.0, 4.0)) == {"a": 12.0}
    assert shared(claims, feeder=(26.1, 0.0, 0.0)) == {"a": 0.0}
    assert shared(claims, limit_a=16.0, feeder=(-30.0, -30.0, -30.0)) == {"a": 16.0}


def test_who_does_not_get_six_amperes_waits_for_a_turn() -> None:
    claims = [Claim(name, "feeder", ALL, 32.0, turn=turn) for name, turn in (("a", 1), ("b", 0))]
    assert shared(claims, limit_a=11.9) == {"b": 11.9, "a": 0.0}
    assert shared(claims, limit_a=12.0) == {"b": 6.0, "a": 6.0}


def test_the_higher_priority_is_let_in_and_filled_first() -> None:
    claims = [Claim("a", "feeder", ALL, 20.0), Claim("b", "feeder", ALL, 20.0, priority=1)]
    assert shared(claims) == {"b": 20.0, "a": 12.0}
    assert shared(claims, limit_a=20.0) == {"b": 14.0, "a": 6.0}
    assert shared(claims, limit_a=11.0) == {"b": 11.0, "a": 0.0}


def test_one_sided_cars_make_the_phases_differ_by_no_more_than_20_a() -> None:
    tree = Tree([Circuit("feeder", (63.0,) * 3, imbalance_a=20.0)])
    lone = [Claim("a", "feeder", (0,), 32.0)]
    assert Allocator(tree).allocate(lone) == {"a": 20.0}
    beside = [*lone, Claim("b", "feeder", (1,), 10.0), Claim("c", "feeder", (2,), 8.0)]
    assert Allocator(tree).allocate(beside) == {"a": 28.0, "b": 10.0, "c": 8.0}
    three = [*lone, Claim("b", "feeder", ALL, 32.0)]  # which is no help, and no harm
    assert Allocator(tree).allocate(three) == {"a": 20.0, "b": 32.0}


def test_what_others_may_make_the_phases_differ_by_is_left_to_them() -> None:
    tree = Tree([Circuit("feeder", (63.0,) * 3, imbalance_a=20.0)])
    lone, three = Claim("a", "feeder", (0,), 32.0), Claim("b", "feeder", ALL, 32.0)
    assert Allocator(tree).allocate([lone, three], {}, {"feeder": 12.0}) == {"a": 8.0, "b": 32.0}
    assert Allocator(tree).allocate([lone, three], {}, {"feeder": 15.0}) == {"a": 0.0, "b": 32.0}


@pytest.mark.parametrize(
    ("claim", "words"),
    [
        (Claim("a", "garage", ALL, 16.0), "member 'a': 'garage' is no circuit"),
        (Claim("a", "row", (), 16.0), "member 'a': phases (): must be some of 0, 1 and 2"),
        (Claim("a", "row", (0, 0), 16.0), "member 'a': phases (0, 0)"),
        (Claim("a", "row", (3,), 16.0), "member 'a': phases (3,)"),
        (Claim("a", "row", ALL, 10_000.0), "member 'a': asks for 10000 A: must be 0 to 80 A"),
        (Claim("a", "row", ALL, -1.0), "member 'a': asks for -1 A"),
        (Claim("a", "row", ALL, math.nan), "member 'a': asks for nan A"),
        (Claim("a", "row", ALL, 16.0, min_a=5.9), "member 'a': minimum 5.9 A: must be 6 to 80 A"),
        (Claim("a", "row", ALL, 16.0, min_a=math.nan), "member 'a': minimum nan A"),
    ],
)
def test_a_claim_that_cannot_be_is_refused_by_name(claim: Claim, words: str) -> None:
    with pytest.raises(SiteRefused) as refused:
        shared([claim])
    assert words in str(refused.value)


def test_two_of_one_name_and_loads_of_no_circuit_are_refused() -> None:
    claim = Claim("a", "row", ALL, 16.0)
    with pytest.raises(SiteRefused, match="'a': is there twice"):
        shared([claim, claim])
    with pytest.raises(SiteRefused, match="'garage' is no circuit"):
        shared([claim], garage=(0.0, 0.0, 0.0))
    with pytest.raises(SiteRefused, match="nan A in 'row'"):
        shared([claim], row=(0.0, math.nan, 0.0))
