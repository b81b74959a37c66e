"""Registers of Modbus: what they show, and the page that says so."""

import math
from dataclasses import replace
from pathlib import Path

import pytest

import ampkeeper.firmware.faces.modbus as package
from ampkeeper.firmware.energy.plan import MODES as STATION_MODES
from ampkeeper.firmware.faces import api
from ampkeeper.firmware.faces.modbus.reference import PAGE_FILE, page
from ampkeeper.firmware.faces.modbus.registers import (
    BLOCK,
    EVSE,
    MODES,
    SEVERITIES,
    STATION,
    STATUSES,
    UNKNOWN,
    Register,
    addresses,
    encoded,
    words_of,
)
from ampkeeper.firmware.faces.web import metrics
from ampkeeper.firmware.faults import SEVERITIES as STATION_SEVERITIES
from tests.unit.mqtt_face.mqtt_rig import state_of

FOLDER = Path(str(package.__file__)).parent
BY_NAME = {each.name: each for each in (*STATION, *EVSE)}


def value_of(state: api.State, name: str, evse: int = 1) -> int:
    """As a manager reads it, without sign."""
    number, block = (0, STATION) if BY_NAME[name] in STATION else (evse, EVSE)
    at = next(address for address, each in addresses(block) if each.name == name)
    words = words_of(state, BLOCK * number + at, BY_NAME[name].width)
    assert words is not None
    return int.from_bytes(b"".join(word.to_bytes(2) for word in words))


def test_the_page_is_current() -> None:
    hint = "run: python -m ampkeeper.firmware.faces.modbus.reference"
    assert (FOLDER / PAGE_FILE).read_text("utf-8") == page(), hint


def test_names_are_unique_and_blocks_do_not_meet() -> None:
    assert len(BY_NAME) == len(STATION) + len(EVSE)
    for block in (STATION, EVSE):
        assert sum(each.width for each in block) <= BLOCK


def test_each_word_of_the_station_has_its_number() -> None:
    assert set(MODES) == set(STATION_MODES)
    assert set(STATUSES) == set(metrics.STATUSES)
    assert set(SEVERITIES) == {"none", *STATION_SEVERITIES}


def test_the_values_of_a_charge_are_read_as_they_are() -> None:
    state = state_of(evses=2, owner_a=10.0)
    found = {name: value_of(state, name, 2) for name in BY_NAME}
    assert (found["map"], found["evses"]) == (1, 2)
    assert STATUSES[found["status"]] == "Charging"
    assert (found["power"], found["energy"]) == (11_040, 12_345)
    assert (found["current_l1"], found["voltage_l1"]) == (1_600, 2_300)
    assert (found["allowed"], found["rated"], found["limit"]) == (160, 320, 100)
    assert (found["session_energy"], found["session_time"]) == (184, 60)
    assert found["serial"].to_bytes(26).rstrip(b"\0") == b"AK-0001"


def test_what_nobody_can_tell_is_not_zero() -> None:
    state = state_of()
    silent = replace(
        state.evses[0], power_w=None, energy_wh=None, is_plugged=None, limit_a=None,
        contactor="unknown", lock="unknown", session=None, limits=(), status="?",
    )  # fmt: skip
    state = replace(state, evses=(silent,))
    for name in (
        "power", "energy", "plugged", "contactor", "lock", "allowed", "rated", "limit", "status",
        "session_energy", "session_time", "current_l2", "mains_power", "surplus",
    ):  # fmt: skip
        assert value_of(state, name) == UNKNOWN[BY_NAME[name].kind], name


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        ("i16", -1, [0xFFFF]),
        ("i32", -2, [0xFFFF, 0xFFFE]),
        ("u32", 0x1_0002, [1, 2]),
        ("u16", -1, [0xFFFF]),
        ("u16", 0xFFFF, [0xFFFF]),
        ("i16", 40_000, [0x8000]),
        ("u32", 2**40, [0xFFFF, 0xFFFF]),
        ("i32", math.nan, [0x8000, 0]),
        ("i32", math.inf, [0x8000, 0]),
        ("u16", False, [0]),
    ],
)
def test_a_number_is_itself_or_unknown(kind: str, value: float, words: list[int]) -> None:
    assert encoded(Register("x", kind, "", "", lambda _: None), value) == words


def test_a_text_keeps_to_its_place() -> None:
    text = Register("x", "text", "", "", lambda _: None, count=2)
    assert encoded(text, "Ä" * 9) == [0x3F3F, 0x3F3F]
    assert encoded(text, "") == [0, 0]


@pytest.mark.parametrize(("address", "count"), [(66, 1), (65, 2), (99, 2), (300, 1), (65_535, 1)])
def test_what_is_not_of_one_block_is_not_there(address: int, count: int) -> None:
    assert words_of(state_of(evses=2), address, count) is None


def test_no_person_and_no_card_can_be_read() -> None:
    state = state_of()
    data = b"".join(
        word.to_bytes(2)
        for block, at in ((STATION, 0), (EVSE, BLOCK))
        for word in words_of(state, at, sum(each.width for each in block)) or ()
    )
    assert b"Anna" not in data
    assert b"04A2" not in data
