"""Wrong bundles: what our check of an image says of them, and what a real rauc says.

A small part of ``docs/rauc.md``, which is held against it. Set AMPKEEPER_RAUC_MUTANTS for more.
"""

import os
from collections.abc import Iterator

import pytest

from tools.rauc.__main__ import PAGE, unexplained
from tools.rauc.compare import Court, Row

MUTANTS = int(os.environ.get("AMPKEEPER_RAUC_MUTANTS", "32"))


@pytest.fixture(scope="module")
def court(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Court]:
    with Court(tmp_path_factory.mktemp("court")) as court:
        yield court


@pytest.fixture(scope="module")
def rows(court: Court) -> list[Row]:
    return list(court.rows(MUTANTS))


def test_what_rauc_refuses_is_taken_by_us_alone_only_if_the_maker_signed_it(rows: list[Row]):
    assert sum(row.tried for row in rows) > 2 * MUTANTS
    alone = [row.what for row in rows if row.taken_by_us_alone]
    assert alone == ["damaged before the image was signed"]


def test_every_difference_is_explained(rows: list[Row]):
    assert unexplained(rows) == []


def test_no_mutant_is_taken_by_us_and_what_is_right_is_taken_by_both(rows: list[Row]):
    taken = [row.what for row in rows if row.by_us < row.tried and not row.taken_by_us_alone]
    assert taken == ["nothing: as it should be", "behind an intermediate CA that is sent along"]
    assert [row.by_info for row in rows if row.what in taken] == [0, 0]


def test_the_page_says_of_each_mistake_what_is_said_now(court: Court, rows: list[Row]):
    told = [line.split(" | ") for line in PAGE.read_text("utf-8").splitlines()]
    paged = {columns[1]: columns[2:6] for columns in told if columns[0] == "| plain"}
    for row in rows:
        if row.tried == 1:
            numbers = [row.tried, row.by_us, row.by_info]
            numbers += [] if court.why_no_installs or row.by_rauc is None else [row.by_rauc]
            assert paged[row.what][: len(numbers)] == [str(one) for one in numbers], row.what


def test_all_of_it_could_be_installed_or_not(court: Court, rows: list[Row]):
    if court.why_no_installs:
        pytest.skip(court.why_no_installs)
    assert [row.what for row in rows if row.form == "plain" and row.by_rauc is None] == []
