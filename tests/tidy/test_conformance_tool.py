"""The table of conformance: names are read as they are meant, and nothing is left out silently."""

from tools.conformance import second
from tools.conformance.__main__ import collect, complaints, outcomes, table, verdict
from tools.conformance.scan import Witness, ids_in

SHEET = {
    "TC_001": {"title": "one"},
    "TC_005_3": {"title": "absent one", "absent": "there is none"},
    "ROW_05": {"title": "a row"},
}
GOOD = ("tests/a.py", "def test_tc_001_x():\n    pass\n\nasync def test_row_5_y():\n    pass\n")


def test_a_name_is_read_whole() -> None:
    assert ids_in("test_tc_048_1_and_tc_050_1_what_is_faulted") == {"TC_048_1", "TC_050_1"}
    assert ids_in("test_tc_042_2_the_version_is_0") == {"TC_042_2"}
    assert ids_in("test_tc_017_a") == {"TC_017"}
    assert ids_in("test_row_5_x") | ids_in("test_row_12_x") == {"ROW_05", "ROW_12"}
    assert ids_in("test_arrow_5_x") == ids_in("test_seen_from_afar") == set()


def test_all_that_is_shown_is_nothing_to_complain_of() -> None:
    assert complaints(SHEET, *collect(SHEET, [GOOD])) == []


def test_a_case_without_a_test_is_missing_unless_it_is_absent() -> None:
    named, strange = collect(SHEET, [])
    assert complaints(SHEET, named, strange) == [
        "TC_001: no test names it",
        "ROW_05: no test names it",
    ]
    assert verdict(SHEET["TC_005_3"], []) == "not applicable: there is none"


def test_a_test_of_an_absent_or_unknown_case_is_told() -> None:
    odd = ("tests/b.py", "def test_tc_005_3_x(): ...\n\ndef test_tc_999_x(): ...\n")
    wrong = complaints(SHEET, *collect(SHEET, [GOOD, odd]))
    assert [line.partition(":")[0] for line in wrong] == ["TC_005_3", "TC_999"]


def test_a_run_counts_every_variant_of_a_test() -> None:
    lines = ["PASSED tests/a.py::test_tc_001_x[1]", "FAILED tests/a.py::test_tc_001_x[2] - no", "."]
    assert outcomes(lines) == {"TC_001": False}
    assert outcomes(lines[:1]) == {"TC_001": True}
    named = {found: [Witness("tests/a.py", "test_x")] for found in SHEET}
    told = list(table(SHEET, named | {"TC_005_3": []}, {"TC_001": True}))
    assert [line.split()[1] for line in told if line.strip() != "there is none"] == [
        "pass",
        "not",
        "FAIL",
    ]


SHEET_201 = """
[[profile]]
name = "One"
mandatory = "B_06 B_07"
conditional = "B_15"
[[profile]]
name = "Two"
mandatory = "B_06 N_01"
[absent]
TC_B_15 = "there is none"
"""
FILE_201 = ("tests/c.py", "def test_tc_b_06_and_tc_n_01_x(): ...\n")


def test_a_name_of_the_second_kind_is_read_whole() -> None:
    assert ids_in("test_tc_b_06_and_tc_n_01_what_is_told") == {"TC_B_06", "TC_N_01"}
    assert ids_in("test_tc_b_6_x") == ids_in("test_tc_z_06_x") == ids_in("test_atc_b_06") == set()


def test_a_profile_counts_what_is_shown_and_a_case_without_a_test_is_missing() -> None:
    sheet = second.load(SHEET_201)
    named, strange = collect(sheet.ids, [FILE_201])
    assert strange == {}
    assert second.complaints(sheet, named) == []
    assert second.summary(sheet, named) == [
        "All: 4 cases: 2 tested, 1 not applicable, 1 missing",
        "One: 3 cases: 1 tested, 1 not applicable, 1 missing",
        "Two: 2 cases: 2 tested, 0 not applicable, 0 missing",
        "One, mandatory: 2 cases: 1 tested, 0 not applicable, 1 missing",
    ]
    failed = second.summary(sheet, named, {"TC_B_06": True, "TC_N_01": False})
    assert failed[2] == "Two: 2 cases: 1 pass, 0 not applicable, 0 missing, 1 FAIL"
    page = second.page(sheet, named)
    assert "| TC_B_15 | conditional | not applicable: there is none |  |" in page
    assert "1 of its cases stand above already." in page
    assert "| TC_B_06 |  | tested | [tc b 06" in page


def test_a_test_of_an_absent_case_of_the_second_kind_is_told() -> None:
    sheet = second.load(SHEET_201)
    named, _ = collect(sheet.ids, [("tests/d.py", "def test_tc_b_15_x(): ...\n")])
    assert len(second.complaints(sheet, named)) == 1
