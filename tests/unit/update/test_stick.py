"""Which image of a stick is installed."""

from datetime import UTC, datetime, timedelta

import pytest

from ampkeeper.firmware.update.stick import (
    TRIED_MAX,
    Candidate,
    Entry,
    best,
    is_image,
    to_text,
    tried_of,
)

MADE = datetime(2026, 11, 1, tzinfo=UTC)


def image(version: str, counter: int = 1, days: int = 0, name: str = "") -> Candidate:
    digest = version.encode().hex().ljust(64, "0")
    entry = Entry(name or f"{version}.image", 100, 1)
    return Candidate(entry, version, counter, MADE + timedelta(days=days), digest)


def test_the_highest_counter_comes_first_and_then_the_youngest():
    found = [image("1.9", 1, 9), image("1.5", 2, 1), image("1.6", 2, 3)]
    chosen, tried = best(found, "1.4", [])
    assert chosen == found[2]
    assert tried == [found[2].digest]


def test_what_runs_is_left_alone_and_stays_so_when_something_newer_runs():
    here = image("1.4")
    chosen, tried = best([here], "1.4", [])
    assert chosen is None
    assert best([here], "1.5", tried) == (None, tried)


def test_what_was_tried_is_not_tried_again():
    found = [image("1.5"), image("1.6", days=1)]
    chosen, tried = best(found, "1.4", [])
    assert chosen == found[1]
    assert best([found[1]], "1.4", tried)[0] is None
    assert best(found, "1.4", tried)[0] == found[0]


def test_the_same_image_under_two_names_is_one():
    chosen, tried = best([image("1.5", name="a.image"), image("1.5", name="b.image")], "1.4", [])
    assert chosen is not None
    assert tried == [chosen.digest]


def test_an_empty_stick_changes_nothing():
    assert best([], "1.4", ["x" * 64]) == (None, ["x" * 64])


def test_only_so_many_are_remembered():
    tried = [str(number).rjust(64, "0") for number in range(TRIED_MAX)]
    chosen, known = best([image("1.5")], "1.4", tried)
    assert chosen is not None
    assert known == [*tried[1:], chosen.digest]


@pytest.mark.parametrize(
    ("name", "is_one"),
    [("a.image", True), ("._a.image", False), (".image", False), ("a.image.part", False)],
)
def test_only_files_that_are_called_so_are_looked_at(name: str, is_one: bool):
    assert is_image(name) is is_one


def test_what_was_tried_is_read_as_it_was_written():
    tried = ["a" * 64, "b" * 64]
    assert tried_of(to_text(tried)) == tried
    assert tried_of("") == []


@pytest.mark.parametrize("text", ["{", "{}", "[1]", '["short"]', "null", str(["x" * 64])])
def test_what_is_damaged_is_an_error_and_nothing_else(text: str):
    with pytest.raises(ValueError, match=r".+"):
        tried_of(text)
