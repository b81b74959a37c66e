"""Every key of the control API: what it takes, what it refuses, and what it then says."""

from typing import Any

import pytest

from ampkeeper.board.emulated import keys
from ampkeeper.board.emulated.keys import BadRequestError, Key

WRONG_TYPES: tuple[Any, ...] = (None, True, 1, 1.5, "text", [], [1, 2, 3], {}, "ok", 13)
ALL = [(where, key) for where, section in keys.SECTIONS for key in section]
NAMES = [f"{where} {key.name}" for where, key in ALL]
NUMERIC = (keys.INTEGER, keys.NUMBER)


def good_values(key: Key) -> list[Any]:
    """Values that the key must take, limits included."""
    if key.choices:
        return list(key.choices)
    chars_max = min(int(key.high), 255)
    good: dict[int, list[Any]] = {
        keys.BOOLEAN: [True, False],
        keys.INTEGER: [int(key.low), int(key.high)],
        keys.NUMBER: [key.low, key.high, int(key.high), (key.low + key.high) / 2],
        keys.TEXT: ["x" * min(int(key.low), 255), "ü" * chars_max],
        keys.TOKEN: ["x", "x y", "x" * chars_max],
        keys.HEX: ["04A224B1", "04a224b1c2d3e4", "0123456789ABCDEF0123"],
        keys.ANY: [None, 1, "text", {"a": [1]}],
        keys.THREE_NUMBERS: [[key.low] * 3, [key.high] * 3, [1, 2.5, 3]],
    }
    return good[key.kind] + ([None] if key.is_nullable else [])


def bad_values(key: Key) -> list[Any]:
    """Values that the key must refuse: wrong type, out of range."""
    if key.choices:
        right = type(key.choices[0])
        return [
            value for value in WRONG_TYPES if value not in key.choices or type(value) is bool
        ] + [
            right("99"),
            13.0,
        ]
    beyond = [key.low - 1, key.high + 1, float("nan"), float("inf"), -float("inf"), 10**400]
    bad: dict[int, list[Any]] = {
        keys.BOOLEAN: [None, 0, 1, "true", [], {}],
        keys.INTEGER: [True, "1", [], {}, key.low + 0.5, *beyond],
        keys.NUMBER: [True, "1", [], {}, *beyond],
        keys.TEXT: [1, True, [], {}, "", "x" * (min(int(key.high), 255) + 1), "a\nb", "\ud800"],
        keys.TOKEN: [1, True, "", " x", "x ", "ü", "x" * 37, "a\tb"],
        keys.HEX: [
            1,
            True,
            "",
            "04A224B",
            "04A224BG",
            "04A224B1C2",
            "0x04A224",
            "\u0660\u0664A224B1",
        ],
        keys.ANY: [],
        keys.THREE_NUMBERS: [1, "1", [], [1, 2], [1, 2, 3, 4], [1, 2, True], [1, 2, "3"]]
        + [[0, 0, value] for value in beyond],
    }
    return bad[key.kind] + ([] if key.is_nullable or key.kind == keys.ANY else [None])


@pytest.mark.parametrize(("where", "key"), ALL, ids=NAMES)
def test_a_good_value_is_taken(where: str, key: Key) -> None:
    for value in good_values(key):
        keys.check_value(key, value)


@pytest.mark.parametrize(("where", "key"), ALL, ids=NAMES)
def test_a_bad_value_is_refused_with_key_value_and_what_is_allowed(where: str, key: Key) -> None:
    for value in bad_values(key):
        with pytest.raises(BadRequestError) as refused:
            keys.check_value(key, value)
        text = str(refused.value)
        assert text.startswith(f"{key.name} = ")
        assert text.endswith(f": must be {key.allowed()}")


@pytest.mark.parametrize(("where", "key"), ALL, ids=NAMES)
def test_a_key_has_help_and_a_number_has_a_range(where: str, key: Key) -> None:
    assert key.help.endswith(".")
    if key.kind in (*NUMERIC, keys.THREE_NUMBERS) and not key.choices:
        assert key.low < key.high


@pytest.mark.parametrize(("where", "section"), keys.SECTIONS, ids=[row[0] for row in keys.SECTIONS])
def test_no_key_stands_twice_in_a_section(where: str, section: tuple[Key, ...]) -> None:
    names = [key.name for key in section]
    assert len(set(names)) == len(names)


def test_an_unknown_key_names_the_nearest_and_all_allowed() -> None:
    with pytest.raises(BadRequestError) as refused:
        keys.check(keys.EV, {"pluged": True})
    text = str(refused.value)
    assert '"pluged" is not a key: did you mean plugged?' in text
    assert all(key.name in text for key in keys.EV)


def test_an_unknown_fault_names_the_nearest_whatever_its_case() -> None:
    with pytest.raises(BadRequestError, match="did you mean EmergencyStop"):
        keys.check(keys.FAULTS, {"emergencystop": True})


@pytest.mark.parametrize("body", [None, [], "text", 1, True])
def test_a_body_must_be_an_object(body: object) -> None:
    with pytest.raises(BadRequestError, match="must be a JSON object"):
        keys.check(keys.EV, body)


def test_an_empty_body_is_refused() -> None:
    with pytest.raises(BadRequestError, match="at least one of plugged"):
        keys.check(keys.EV, {})


def test_a_missing_key_is_named() -> None:
    with pytest.raises(BadRequestError, match="vendorId is missing"):
        keys.check(keys.TRANSFER, {"data": 1})
