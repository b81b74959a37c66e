"""What rauc tells of its slots, and what is kept of what it was given: read, or refused."""

import json
from dataclasses import asdict, replace

import pytest

from ampkeeper.firmware.update.rauc_slots import Handed, handed_of, systems_of
from ampkeeper.firmware.update.slots import TRIAL_S

A = ("rootfs.0", {"class": "rootfs", "bootname": "A", "state": "booted", "boot-status": "good"})
B = ("rootfs.1", {"class": "rootfs", "bootname": "B", "state": "inactive", "boot-status": "bad"})
APP = ("app.0", {"class": "app", "state": "active", "parent": "rootfs.0"})
RESCUE = ("rescue.0", {"class": "rescue", "bootname": "R", "state": "inactive"})
HANDED = Handed("b", 5, "{}", 1, "3f0e", 4_200)


def test_the_two_systems_are_a_and_b_by_name_whatever_their_order():
    for told in ([A, B, APP, RESCUE], [RESCUE, APP, B, A]):
        systems = systems_of(told)
        assert [systems["a"].name, systems["b"].name] == ["rootfs.0", "rootfs.1"]
        assert systems["a"].is_booted
        assert not systems["b"].is_bootable


def test_what_was_never_written_has_no_digest_and_no_activations():
    assert (systems_of([A, B])["b"].digest, systems_of([A, B])["b"].activations) == ("", 0)


@pytest.mark.parametrize(
    ("told", "words"),
    [
        ([], "does not say"),
        ([B], "does not say"),
        ([A, (B[0], {**B[1], "state": "booted"})], "does not say"),
        ([A], "knows 1 slots like rootfs.0"),
        ([A, B, ("rootfs.2", B[1])], "knows 3 slots"),
        ([RESCUE, A, (B[0], {**B[1], "class": "other"})], "knows 1 slots"),
    ],
)
def test_anything_but_two_systems_of_which_one_runs_is_refused(told: list, words: str):
    with pytest.raises(ValueError, match=words):
        systems_of(told)


def test_facts_of_another_type_count_as_not_told():
    odd = (B[0], {**B[1], "sha256": 7, "activated.count": "many"})
    assert (systems_of([A, odd])["b"].digest, systems_of([A, odd])["b"].activations) == ("", 0)


def test_what_was_handed_over_is_read_as_it_was_written():
    assert handed_of(HANDED.to_text()) == HANDED
    older = {name: value for name, value in asdict(HANDED).items() if name != "trial_s"}
    assert handed_of(json.dumps(older)) == replace(HANDED, trial_s=TRIAL_S)


@pytest.mark.parametrize(
    "change",
    [
        {"place": "factory"},
        {"place": 1},
        {"counter": -1},
        {"counter": "5"},
        {"activations": True},
        {"boot": "x" * 65},
        {"trust": None},
        {"trial_s": 0},
        {"trial_s": 90_001},
        {"trial_s": "1800"},
        {"more": 1},
    ],
)
def test_anything_else_was_not_handed_over(change: dict[str, object]):
    with pytest.raises(ValueError, match="handed"):
        handed_of(json.dumps({**asdict(HANDED), **change}))
    for raw in ("", "[]", "[" * 100_000, '"a"'):
        with pytest.raises(ValueError, match=r"handed|Expecting|JSON"):
            handed_of(raw)
