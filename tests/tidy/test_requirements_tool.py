"""The table from requirement to test finds what names a requirement, and what does not."""

from tools.requirements.__main__ import collect, complaints, page, sheet
from tools.requirements.scan import Witness, ids_in, named_in

SHEET = {"TV-CP-1": {"title": "one"}, "REQ-CP-06": {"title": "six", "hardware": "the pin"}}


def named_by(text: str) -> list[str]:
    return sorted({found for found, _ in named_in("tests/test_a.py", text)})


def test_a_name_a_docstring_a_comment_and_a_decorator_name_a_requirement() -> None:
    assert named_by("def test_tv_cp_1_is_a():\n    pass\n") == ["TV-CP-1"]
    assert named_by('def test_a():\n    """REQ-CP-06."""\n') == ["REQ-CP-06"]
    assert named_by("def test_a():\n    x = 1  # REQ-SEQ-PH\n") == ["REQ-SEQ-PH"]
    assert named_by("# REQ-CP-07: why\ndef test_a():\n    pass\n") == ["REQ-CP-07"]
    assert named_by("@mark(ids=['TV-CP-2'])\ndef test_a():\n    pass\n") == ["TV-CP-2"]


def test_a_table_names_a_requirement_for_the_tests_that_use_it() -> None:
    text = "ROWS = [('TV-CP-1', 1)]\n\n\ndef test_a():\n    ROWS\n\n\ndef test_b():\n    pass\n"
    assert list(named_in("t.py", text)) == [("TV-CP-1", Witness("t.py", "test_a"))]


def test_a_module_or_a_helper_names_nothing() -> None:
    assert named_by('"""TV-CP-1."""\n\n\ndef tv_cp_1():\n    pass\n') == []


def test_a_longer_number_is_another_requirement() -> None:
    assert ids_in("TV-CP-10 tv_cp_11_x XTV-CP-1 TV-CP-1a") == {"TV-CP-10", "TV-CP-11"}


def test_what_no_test_names_and_what_no_sheet_has_are_both_wrong() -> None:
    named, strange = collect(SHEET, [("t.py", "def test_tv_cp_1():\n    'TV-CP-99'\n")])
    wrong = complaints(named, strange)
    assert [line.split(":")[0] for line in wrong] == ["REQ-CP-06", "TV-CP-99"]


def test_what_is_left_to_hardware_still_needs_a_test() -> None:
    named, _ = collect(SHEET, [])
    row = next(line for line in page(SHEET, named).splitlines() if "REQ-CP-06" in line)
    assert row == "| REQ-CP-06 | six | **none** | the pin |"


def test_the_sheet_is_whole() -> None:
    ids = sheet()
    assert [f"TV-CP-{number}" for number in range(1, 16)] == [i for i in ids if "TV-CP" in i]
    assert [f"TV-SEQ-{number}" for number in range(1, 14)] == [i for i in ids if "TV-SEQ" in i]
    assert len([i for i in ids if i.startswith("REQ-")]) == 27
    assert all(set(words) <= {"title", "hardware"} for words in ids.values())
