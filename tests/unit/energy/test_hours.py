"""Hours of the week as people and programs write them."""

from typing import Any

import pytest

from ampkeeper.firmware.energy.hours import HoursRefused, rows_of, windows_of

NIGHT: dict[str, Any] = {"name": "night", "begin": "22:00", "end": "06:00"}


def test_what_is_left_out_is_as_in_the_file_and_all_of_it_comes_back() -> None:
    windows = windows_of([NIGHT], 1)
    whole = {**NIGHT, "what": "charge", "max_a": None, "evse": 0}
    whole["days"] = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"]
    assert rows_of(windows) == [whole]
    assert windows_of(rows_of(windows), 1) == windows


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": ""}, "hours 1: name ''"),
        ({"name": "a\nb"}, "one line"),
        ({"begin": "24:00"}, "begin '24:00'"),
        ({"end": "6:00"}, "end '6:00'"),
        ({"begin": 22}, "begin 22"),
        ({"days": []}, "days"),
        ({"days": ["mon", "mon"]}, "each once"),
        ({"days": ["monday"]}, "days"),
        ({"days": [["mon"]]}, "days"),
        ({"what": "dance"}, "charge or limit"),
        ({"what": "limit"}, "a limit needs its current"),
        ({"max_a": 5.9}, "6 to 80 A"),
        ({"max_a": True}, "6 to 80 A"),
        ({"max_a": float("nan")}, "6 to 80 A"),
        ({"evse": 2}, "no such EVSE"),
        ({"evse": "1"}, "evse '1'"),
        ({"more": 1}, "nothing else"),
    ],
)
def test_what_cannot_be_is_refused_with_its_place(change: dict[str, Any], said: str) -> None:
    with pytest.raises(HoursRefused, match=said):
        windows_of([{**NIGHT, **change}], 1)


@pytest.mark.parametrize("rows", [None, {}, "x", [1], [NIGHT] * 21])
def test_what_is_no_list_of_hours_is_refused(rows: object) -> None:
    with pytest.raises(HoursRefused, match="hours"):
        windows_of(rows, 1)


def test_two_of_a_kind_at_once_are_refused() -> None:
    with pytest.raises(HoursRefused, match="hours 2: begin '05:00': overlaps"):
        windows_of([NIGHT, {**NIGHT, "name": "dawn", "begin": "05:00", "end": "07:00"}], 1)
