"""The matrix of 2.0.1's requirements: what a line says, which ids a test names, how it stands."""

import re

from tools.conformance.matrix import (
    ABSENT,
    COVERED,
    KINDS,
    MISSING,
    OTHERS,
    Proofs,
    Row,
    counts,
    ids_in,
    load,
    page,
    read_row,
    verdict,
)
from tools.conformance.scan import Witness

REASONS = {"others": {"csms": "binds the central system"}, "absent": {"bay": "no sensor"}}
FILES = [
    ("tests/unit/test_x.py", 'def test_one():\n    """B01.FR.02."""\ndef test_two():\n    pass\n'),
    ("tests/unit/test_x_21.py", 'def test_newer():\n    """B01.FR.05."""\n'),
    ("tests/tidy/test_y.py", 'def test_house():\n    """B01.FR.06."""\n'),
]
CASES = {"TC_B_01": [Witness("tests/conformance/ocpp201/test_b.py", "test_tc_b_01_x")]}


def test_a_line_says_words_and_tests_or_why_it_does_not_bind() -> None:
    assert read_row("tells | B_01, a_test", REASONS) == Row("tells", ("B_01", "a_test"))
    assert read_row("tells | ", REASONS) == Row("tells")
    assert read_row("asks | @csms", REASONS) == Row("asks", (), OTHERS, "binds the central system")
    assert read_row("bay | @bay", REASONS) == Row("bay", (), ABSENT, "no sensor")
    assert read_row("x | @no it is not there", REASONS) == Row("x", (), ABSENT, "it is not there")


def test_ids_may_be_listed_without_their_use_case() -> None:
    assert ids_in("TC_B_01: B01.FR.02, FR.04") == {"B01.FR.02", "B01.FR.04"}
    assert ids_in("B01.FR.02 to FR.04; A00.FR.201") == {
        "B01.FR.02",
        "B01.FR.03",
        "B01.FR.04",
        "A00.FR.201",
    }
    assert ids_in("FR.02 alone is of nothing, and B01.FR.2 is none") == set()


def test_a_requirement_is_covered_by_its_case_its_test_or_who_names_it() -> None:
    proofs = Proofs(FILES, CASES)
    assert verdict("B01.FR.01", Row("x", ("B_01",)), proofs) == COVERED
    assert verdict("B01.FR.01", Row("x", ("two",)), proofs) == COVERED
    assert verdict("B01.FR.02", Row("x"), proofs) == COVERED
    assert verdict("B01.FR.03", Row("x", ("B_99",)), proofs) == MISSING
    assert verdict("B01.FR.05", Row("x"), proofs) == MISSING  # 2.1 has other numbers
    assert verdict("B01.FR.06", Row("x"), proofs) == MISSING  # a rule of the house shows nothing
    assert verdict("B01.FR.02", Row("x", (), OTHERS, "binds others"), proofs) == OTHERS


def test_a_test_that_is_not_there_is_told() -> None:
    sheet = {"B01.FR.01": Row("x", ("two", "three", "B_99"))}
    assert Proofs(FILES, CASES).unknown(sheet) == ["B01.FR.01: no test is named three"]


def test_every_row_of_the_sheets_is_one_and_is_counted_once() -> None:
    sheet = load()
    assert all(re.fullmatch(r"[A-P]\d\d\.FR\.\d{2,3}", found) for found in sheet)
    assert all(row.words and "|" not in row.words for row in sheet.values())
    proofs = Proofs([], {})
    told = counts(sheet, proofs)
    assert sum(told[""].values()) == len(sheet) == 1285
    assert sum(told[block][kind] for block in told if block for kind in KINDS) == len(sheet)
    assert page(sheet, proofs).count("| **") == 0
