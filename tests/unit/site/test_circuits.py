"""Circuits: a tree of fuses, or a refusal that names the circuit."""

import math

import pytest

from ampkeeper.firmware.site.circuits import DEPTH_MAX, Circuit, SiteRefused, Tree

FULL = (63.0, 63.0, 63.0)


def test_a_path_leads_from_a_circuit_to_the_feeder() -> None:
    row, feeder, box = (
        Circuit("row", FULL, "box"),
        Circuit("feeder", FULL),
        Circuit("box", FULL, "feeder"),
    )
    tree = Tree([row, feeder, box])
    assert [circuit.name for circuit in tree.circuits] == ["feeder", "box", "row"]
    assert [tree.circuits[place].name for place in tree.path("row")] == ["row", "box", "feeder"]


@pytest.mark.parametrize(
    ("circuits", "words"),
    [
        ([], "0 circuits: must be 1 to 4096"),
        ([Circuit("", FULL)], "circuit '': must have a name"),
        ([Circuit("a", FULL), Circuit("a", FULL, "a")], "circuit 'a': is there twice"),
        (
            [Circuit("a", FULL), Circuit("b", FULL)],
            "circuits 'a', 'b': only one may have no parent",
        ),
        (
            [Circuit("a", FULL), Circuit("b", FULL, "c")],
            "circuit 'b': its parent 'c' is no circuit",
        ),
        (
            [Circuit("a", FULL, "b"), Circuit("b", FULL, "a")],
            "circuit 'a': a loop, 'a' in 'b' in 'a'",
        ),
        ([Circuit("a", FULL, "a")], "circuit 'a': a loop, 'a' in 'a'"),
        ([Circuit("a", (63.0, math.nan, 63.0))], "each phase 0 to 100000 A"),
        ([Circuit("a", (63.0, -1.0, 63.0))], "each phase 0 to 100000 A"),
        ([Circuit("a", FULL, imbalance_a=math.nan)], "imbalance nan: must be 0 A or more"),
        ([Circuit("a", FULL, imbalance_a=-1.0)], "imbalance -1.0: must be 0 A or more"),
    ],
)
def test_what_is_no_tree_is_refused_by_name(circuits: list[Circuit], words: str) -> None:
    with pytest.raises(SiteRefused) as refused:
        Tree(circuits)
    assert words in str(refused.value)


def test_a_tree_is_at_most_so_deep() -> None:
    circuits = [Circuit("0", FULL)] + [
        Circuit(str(n), FULL, str(n - 1)) for n in range(1, DEPTH_MAX)
    ]
    assert len(Tree(circuits).path(str(DEPTH_MAX - 1))) == DEPTH_MAX
    with pytest.raises(SiteRefused, match="more than 16 deep"):
        Tree([*circuits, Circuit("end", FULL, str(DEPTH_MAX - 1))])
