"""Register maps: the SDM630's words become values, and a wrong map says what is wrong."""

import math
import re
import struct
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

import ampkeeper.hal.meters
from ampkeeper.board.emulated.meter_models import MODELS
from ampkeeper.hal.errors import ImplausibleError
from ampkeeper.hal.meters.checked import MapError
from ampkeeper.hal.meters.make import names, shipped
from ampkeeper.hal.meters.map_file import load_map, parse_map
from ampkeeper.hal.meters.registers import Block, Place, RegisterMap

FILE = Path(next(iter(ampkeeper.hal.meters.__path__))) / "sdm630.toml"
TEXT = FILE.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def sdm630() -> RegisterMap:
    return load_map(FILE)


def words(values: dict[int, float]) -> dict[int, int]:
    """Registers 0 to 0x4B, with floats at the given addresses and a sane frequency."""
    floats = {0x46: 50.0, **values}
    packed = b"".join(struct.pack(">f", floats.get(address, 0.0)) for address in range(0, 76, 2))
    return dict(enumerate(struct.unpack(">76H", packed)))


def test_the_words_of_the_data_sheet_are_230_volts(sdm630: RegisterMap) -> None:
    assert sdm630.number("f32", (0x4366, 0x0000)) == 230.0


def test_every_value_comes_from_its_own_register(sdm630: RegisterMap) -> None:
    values = {0x00: 231.0, 0x02: 232.0, 0x04: 233.0, 0x06: 6.5, 0x08: 7.5, 0x0A: 8.5}
    values |= {0x0C: 1501.0, 0x0E: 1742.0, 0x10: 1980.0, 0x34: 5223.0, 0x3E: 0.5, 0x46: 49.5}
    reading = sdm630.reading(words(values | {0x48: 12345.678, 0x4A: 1.5}), taken_s=7.0)
    assert reading.taken_s == 7.0
    assert reading.voltage_v == (231.0, 232.0, 233.0)
    assert reading.current_a == (6.5, 7.5, 8.5)
    assert reading.power_phase_w == (1501.0, 1742.0, 1980.0)
    assert (reading.power_w, reading.power_factor, reading.frequency_hz) == (5223.0, 0.5, 49.5)
    assert (reading.energy_wh, reading.energy_export_wh) == (12_345_678, 1500)


def test_the_blocks_are_what_the_meter_allows_and_tell_themselves_apart(
    sdm630: RegisterMap,
) -> None:
    assert sdm630.blocks == (Block(4, 0x00, 36), Block(4, 0x34, 24))
    assert sdm630.serial == Place(Block(3, 0xFC00, 2), "u32")
    assert sdm630.code is not None
    assert sdm630.code.place == Place(Block(3, 0xFC02, 1), "u16")
    assert sdm630.code.allowed == (0x0070, 0x0000)


def test_tenths_of_a_hertz_are_understood(sdm630: RegisterMap) -> None:
    assert sdm630.reading(words({0x46: 500.0}), 0.0).frequency_hz == 50.0


def test_no_digit_is_shown_that_the_register_does_not_have() -> None:
    """2301 tenths are 230.1 V and not 230.10000000000002; 2.3 kW are 2300 W."""
    abb, iem = shipped("abb_b23"), shipped("iem3155")
    placed = dict.fromkeys(range(0x5000, 0x5C00), 0) | {0x5B01: 2_301, 0x5B0D: 707, 0x5B2C: 4_999}
    reading = abb.reading(placed, 0.0)
    shown = (reading.voltage_v[0], reading.current_a[0], reading.frequency_hz)
    assert shown == (230.1, 7.07, 49.99)
    kilowatts = dict(enumerate(struct.unpack(">2H", struct.pack(">f", 2.3)), 0x0BF3))
    hertz = {0x0C25: 0x4248, 0x0C26: 0x0000}
    placed = dict.fromkeys(range(0x0BB7, 0x0D00), 0) | kilowatts | hertz
    assert iem.reading(placed, 0.0).power_w == 2_300.0


def test_a_value_past_what_its_register_holds_is_still_a_number() -> None:
    own = '[quantities.power_w]\naddresses = [0x0034]\ntype = "f32"\n'
    text = TEXT.replace(
        f"{own}min = -120000.0\nmax = 120000.0\n", f"{own}factor = 1e10\nmin = 0\nmax = 1e99\n"
    )
    assert text != TEXT
    wide = parse_map(text, "wide.toml")
    assert wide.reading(words({0x34: 3.0e38}), 0.0).power_w == pytest.approx(3.0e48)


@given(st.floats(0, 9_999_999, width=32), st.floats(0, 9_999_999, width=32))
def test_a_register_that_never_falls_never_falls_in_watt_hours(first: float, second: float) -> None:
    sdm630 = load_map(FILE)
    low, high = sorted((first, second))
    low_wh = sdm630.reading(words({0x48: low}), 0.0).energy_wh
    assert low_wh <= sdm630.reading(words({0x48: high}), 0.0).energy_wh
    assert abs(low_wh - low * 1000) <= 0.5


@pytest.mark.parametrize(
    ("address", "value", "name"),
    [
        (0x00, math.nan, "voltage_v"),
        (0x04, 501.0, "voltage_v"),
        (0x06, math.inf, "current_a"),
        (0x34, -math.inf, "power_w"),
        (0x46, 0.0, "frequency_hz"),
        (0x46, 230.1, "frequency_hz"),  # a voltage where the frequency should be
        (0x48, math.nan, "energy_wh"),
        (0x48, -0.001, "energy_wh"),
    ],
)
def test_what_cannot_be_is_an_error_and_never_zero(
    sdm630: RegisterMap, address: int, value: float, name: str
) -> None:
    with pytest.raises(ImplausibleError, match=f"{name} at {address:#06x} is"):
        sdm630.reading(words({address: value}), 0.0)


def test_a_meter_with_the_low_word_first_is_only_another_map() -> None:
    swapped = parse_map(TEXT.replace('word_order = "big"', 'word_order = "little"'), "x.toml")
    assert swapped.number("i32", (0xCFC7, 0xFFFF)) == -12345


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("count_max = 80", "", "x.toml: count_max is missing, allowed is an integer from 1 to 125"),
        ('word_order = "big"', "", "word_order is missing, allowed are 'big', 'little'"),
        ('vendor = "Eastron"', "", "x.toml: vendor is missing, allowed is a text"),
        (
            "count_max",
            "baud = 9600\ncount_max",
            "unknown key baud; allowed are blocks, code, count_m",
        ),
        ("count_max = 80", "count_max = 20", "blocks[0]: count is 36, allowed is an integer"),
        ("count_max", "cuont_max = 1\ncount_max", "unknown key cuont_max; did you mean count_max"),
        ("count = 24", "count = 36", "36 registers are read at 0x0000 and at 0x0034"),
        ("[0x0048]", "[0x0148]", "quantities.energy_wh: address 0x0148 is in no block;"),
        ("[0x0048]", "[0x0148]", "blocks hold 0x0000 to 0x0023, 0x0034 to 0x004b"),
        ("[0x0048]", "[0x0048, 0x0049]", "quantities.energy_wh: 2 addresses, allowed are 1"),
        ("quantities.power_w]", "quantities.power_kw]", "power_kw: no such quantity; allowed are"),
        ("quantities.energy_wh]", "quantities.other]", "other: no such quantity"),
        ('type = "u16"', 'type = "u8"', "code: type is 'u8', allowed are 'u16', 'i16'"),
        ("function = 4 ", "function = 5 ", "function is 5, allowed is an integer from 3 to 4"),
        ('word_order = "big"', 'word_order = "odd"', "word_order is 'odd', allowed are"),
        ("max = 65.0", "max = 45.0", "frequency_hz: min 45.0 is not below max 45.0"),
        ("max = 65.0", 'max = "65"', "max is '65', allowed is a number"),
        ("max = 65.0", "max = nan", "max is nan, allowed is a number"),
        ("vendor =", "vendor", "x.toml: Expected '='"),
        ('0x0079 = "', 'x79 = "', "code: others.x79 is 'SDM630MCT V2', allowed is number = name"),
        ("[[blocks]]", "[blocks]", "x.toml:"),
        ("count = 24", "count = 23", "address 0x004a takes 2 registers and is cut by the end of"),
        ("count = 24", "count = 25", "25 registers at 0x0034 are an odd number, and every value"),
        ("count = 24", "count = 25", "in it is of pairs; allowed is an even number"),
        ("count = 36", "count = 54", "24 registers at 0x0034 overlap the block of 54 at 0x0000"),
        ("count = 36", "count = 54", "at 0x0000; each register is read once"),
        ("0x0006, 0x0008", "0x0006, 0x0007", "current_a at 0x0007 overlaps current_a at 0x0006"),
        ("0x0006, 0x0008", "0x0006, 0x0007", "at 0x0006; f32 takes 2 registers of its own"),
        ("0x0006, 0x0008", "0x0005, 0x0008", "current_a at 0x0005 overlaps voltage_v at 0x0004"),
        ("0x0006, 0x0008", "0x0006, 0x0006", "quantities.current_a has 0x0006 twice"),
        ("[0x0034]", "[0x000C]", "power_w at 0x000c overlaps power_phase_w at 0x000c"),
        (
            'type = "f32"',
            'type = "f31"',
            "type is 'f31', allowed are 'u16', 'i16', 'u32', 'i32', 'u64'",
        ),
        ('type = "f32"', "type = 32", "type is 32, allowed are 'u16'"),
        ("factor = 1000", "factor = 0", "energy_wh: factor is 0, and so would be every value"),
        ("factor = 1000", "exponent = 0x200", "exponent: address 0x0200 is in no block"),
        (
            "factor = 1000",
            "exponent = 0x0047",
            "the exponent of energy_wh at 0x0047 is part of frequency_hz at 0x0046",
        ),
        (
            "count_max = 80",
            "count_max = 126",
            "count_max is 126, allowed is an integer from 1 to 1",
        ),
        ("allowed = [0x0070, 0x0000]", "allowed = []", "allowed is [], allowed is a list of inte"),
        ("allowed = [0x0070, 0x0000]", "allowed = [0x79]", "0x0079 is allowed, and another part"),
        (
            'type = "u32"',
            'type = "f32"',
            "serial: type is 'f32', allowed are 'u16', 'i16', 'u32', 'i32'",
        ),
        (
            'type = "u16"',
            'type = "t7"',
            "code: type is 't7', allowed are 'u16', 'i16', 'u32', 'i32'",
        ),
        ('word_order = "big"', 'word_order = "big"\nsigning = "x"', "signing is 'x', allowed are"),
        ('word_order = "big"', 'word_order = "big"\nnot_available = 1', "allowed is true or false"),
    ],
)
def test_a_wrong_map_says_where_and_what_is_allowed(old: str, new: str, message: str) -> None:
    assert old in TEXT
    with pytest.raises(MapError, match=re.escape(message)):
        parse_map(TEXT.replace(old, new, 1), "x.toml")


def test_a_block_that_nothing_is_read_from_is_refused() -> None:
    text = TEXT + "\n[[blocks]]\naddress = 0x100\ncount = 2\n"
    with pytest.raises(MapError, match="2 registers at 0x0100 hold no quantity"):
        parse_map(text, "x.toml")


def test_a_meter_of_one_phase_may_have_one_register_for_its_power() -> None:
    one = shipped("sdm120")
    places = {quantity.name: quantity.addresses for quantity in one.quantities}
    assert places["power_w"] == places["power_phase_w"] == (0x0C,)


def test_no_map_is_too_long_or_no_text(tmp_path: Path) -> None:
    (tmp_path / "long.toml").write_text("#" * 65_537)
    with pytest.raises(MapError, match=rf"{tmp_path}/long.toml: too long, allowed are 65536 bytes"):
        load_map(tmp_path / "long.toml")
    (tmp_path / "binary.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(MapError, match=r"binary.toml: is not UTF-8 text"):
        load_map(tmp_path / "binary.toml")
    blocks = "".join(f"[[blocks]]\naddress = {256 + at}\ncount = 1\n" for at in range(15))
    with pytest.raises(MapError, match="17 blocks, allowed are 16"):
        parse_map(TEXT + blocks, "x.toml")


@pytest.mark.parametrize("name", names())
def test_every_shipped_map_is_read_within_the_parts_maximum(name: str) -> None:
    registers = shipped(name)
    assert max(block.count for block in registers.blocks) <= MODELS[name].count_max
    assert len(registers.reads()) <= 9


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("a = " + "[" * 20_000, "x.toml: lists or tables within each other without end"),
        ("function = " + "9" * 5_000, "x.toml: Exceeds the limit"),
        ("function = 0x" + "F" * 9_000, "x.toml: function is a number too long to show"),
        ("function = '" + "F" * 9_000 + "'", f"function is '{'F' * 79}..., allowed"),
        (TEXT.replace("max = 500.0", "max = 1" + "0" * 400, 1), "voltage_v: max is 1000"),
        (TEXT.replace("max = 500.0", "max = nan", 1), "voltage_v: max is nan"),
    ],
    ids=["nested", "digits", "hexadecimal", "text", "huge", "nan"],
)
def test_a_map_past_what_python_takes_is_refused_by_name(text: str, message: str) -> None:
    with pytest.raises(MapError, match=re.escape(message)) as refused:
        parse_map(text, "x.toml")
    assert len(str(refused.value)) < 250


@given(st.text(max_size=400))
def test_no_text_whatever_breaks_the_reader(text: str) -> None:
    with pytest.raises(MapError):
        parse_map(text, "x.toml")


@given(st.integers(0, len(TEXT) - 1), st.text(max_size=6))
def test_a_map_with_anything_in_it_is_read_or_refused_by_name(at: int, new: str) -> None:
    assert "x.toml" in refusal(TEXT[:at] + new + TEXT[at + len(new) :])


def refusal(text: str) -> str:
    """What is wrong with a map; the file's name if nothing is."""
    try:
        parse_map(text, "x.toml")
    except MapError as error:
        return str(error)
    return "x.toml"


def test_a_map_without_energy_is_refused() -> None:
    head, _, tail = TEXT.partition("[quantities.energy_wh]")
    text = head + "[quantities.energy_export_wh]" + tail.split("[quantities.energy_export_wh]")[1]
    with pytest.raises(MapError, match="energy_wh is missing"):
        parse_map(text, "x.toml")


def test_a_map_that_is_not_there_says_so(tmp_path: Path) -> None:
    with pytest.raises(MapError, match=f"{tmp_path}/none.toml: No such file"):
        load_map(tmp_path / "none.toml")


def test_a_wrong_map_is_named_by_its_whole_path(tmp_path: Path) -> None:
    (tmp_path / "own.toml").write_text("function = 7\n")
    with pytest.raises(MapError, match=f"{tmp_path}/own.toml: function is 7, allowed is"):
        load_map(tmp_path / "own.toml")
