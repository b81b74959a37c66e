"""Traces for people: rows, lines, plots and pictures of what ring 1 recorded."""

import xml.etree.ElementTree as Xml
from dataclasses import replace
from random import Random

import pytest

from ampkeeper.firmware.safety import fault
from ampkeeper.firmware.safety.recorder import ASKED, CUT, FLAG, ROW_BYTES, ROWS, Recorder
from ampkeeper.firmware.safety.signals import DUTY_X1, MADE, NO, YES, Inputs, Outputs
from ampkeeper.firmware.trace import plot, svg, text
from ampkeeper.firmware.trace.rows import TraceRow, decode, moment_of_cause, name_of_cause

IDLE = TraceRow(
    at_ms=0,
    high_mv=12_000,
    low_mv=12_000,
    duty_permille=1_000.0,
    pilot="A",
    sequence="IDLE",
    coil=False,
    mirror=False,
    current_a=(None, None, None),
    is_cut=False,
    has_three_phases=False,
    is_bolt_in=False,
    is_tripped=False,
    is_faulty=False,
)
DRAWING = replace(
    IDLE,
    high_mv=6_000,
    low_mv=-12_000,
    duty_permille=267.0,
    pilot="C",
    sequence="CHARGING",
    coil=True,
    mirror=True,
    current_a=(16.0, 8.0, None),
    has_three_phases=True,
    is_bolt_in=True,
)
TRIPPED = replace(DRAWING, sequence="FAULTED", coil=False, is_tripped=True, is_faulty=True)


def story() -> list[TraceRow]:
    """Five seconds idle, four of charging, and a trip a second before the freeze."""
    parts = ((IDLE, 500), (DRAWING, 400), (TRIPPED, 100))
    rows = [row for row, count in parts for _ in range(count)]
    return [
        replace(row, at_ms=-10 * left) for row, left in zip(rows, range(999, -1, -1), strict=True)
    ]


def words_of(line: str) -> str:
    return " ".join(line.split())


def recorded(*faults: int) -> bytes:
    """What ring 1 wrote of ``len(faults)`` ticks."""
    recorder, inputs, outputs = Recorder(), Inputs(), Outputs()
    for number, bits in enumerate(faults):
        inputs.cp_high_mv, inputs.cp_low_mv = 6_000 + number, -12_000
        inputs.mirror, inputs.lock_closed, inputs.rcd_dc = MADE, YES, YES
        outputs.duty_ticks, outputs.coil, outputs.phases = 16_666, YES, 3
        outputs.pilot, outputs.sequence, outputs.cp_connected = 2, 3, NO
        recorder.tick(10 + number, inputs, outputs, [16_400, -1, 0], bits)
    data = bytearray(recorder.total())
    recorder.read(0, data)
    return bytes(data)


def test_a_row_is_what_ring_1_saw_and_drove() -> None:
    (row,) = decode(recorded(1))
    assert row == TraceRow(
        at_ms=0,
        high_mv=6_000,
        low_mv=-12_000,
        duty_permille=268.0,
        pilot="C",
        sequence="CHARGING",
        coil=True,
        mirror=True,
        current_a=(16.0, None, 0.0),
        is_cut=True,
        has_three_phases=True,
        is_bolt_in=True,
        is_tripped=True,
        is_faulty=True,
    )


def test_flags_are_each_their_own() -> None:
    recorder = Recorder()
    recorder.tick(10, Inputs(), Outputs(), [0, 0, 0], 0)
    clear = bytearray(ROW_BYTES)
    recorder.read(0, clear)
    names = ("is_cut", "has_three_phases", "is_bolt_in", "is_tripped", "is_faulty")
    places = ((4, CUT), (5, FLAG), (6, FLAG), (7, FLAG), (4, FLAG))
    for (at, bit), name in zip(places, names, strict=True):
        data = clear[:]
        data[at] |= bit
        (row,) = decode(bytes(data))
        assert [other for other in names if getattr(row, other)] == [name]


def test_times_are_counted_back_from_the_freeze() -> None:
    assert [row.at_ms for row in decode(recorded(0, 0, 0))] == [-23, -12, 0]
    assert DUTY_X1 / 62.5 == 1_000


def test_no_bytes_whatever_raise() -> None:
    random = Random(20261122)
    assert decode(b"") == ()
    for length in (1, 7, 8, 9, 500, ROWS * ROW_BYTES):
        data = random.randbytes(length)
        rows = decode(data)
        assert len(rows) == length // ROW_BYTES
        assert text.lines_of(rows)[0] == text.HEAD
        assert all(len(line) <= 80 for line in plot.lines_of(rows, 80))
        Xml.fromstring(svg.picture_of(rows, "random"))


def test_the_cause_came_a_second_before_the_freeze() -> None:
    assert moment_of_cause(story()) == -990
    assert moment_of_cause(story()[-100:]) == 0, "nothing before it was recorded"
    assert moment_of_cause([]) == 0


def test_a_cause_is_called_as_its_fault_or_asked_for() -> None:
    assert name_of_cause(fault.RCD_DC) == "RcdDc"
    assert name_of_cause(ASKED) == "asked for"
    assert name_of_cause(200) == "Unknown200"


def test_text_has_a_line_for_each_change_and_for_each_quiet_second() -> None:
    lines = text.lines_of(story())
    assert len(lines) == 1 + 5 + 4 + 2
    assert all(len(line) <= 80 for line in lines)
    assert words_of(lines[1]) == "-9.990 +12.0 +12.0 100.0 A IDLE off open - - -"
    assert words_of(lines[-2]) == "-0.990 +6.0 -12.0 26.7 C FAULTED off made 16.0 8.0 - FTB3"
    assert lines[-1].split()[0] == "0.000"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("high_mv", 12_500),
        ("low_mv", 11_500),
        ("duty_permille", 999.0),
        ("pilot", "B"),
        ("sequence", "CONNECTED"),
        ("coil", True),
        ("mirror", True),
        ("has_three_phases", True),
        ("is_cut", True),
        ("is_bolt_in", True),
        ("is_tripped", True),
        ("is_faulty", True),
        ("current_a", (0.0, None, None)),
    ],
)
def test_each_value_that_changes_is_a_line_of_its_own(name: str, value: object) -> None:
    rows = [replace(IDLE, at_ms=-20), replace(IDLE, at_ms=-10, **{name: value})]
    assert len(text.changes_of(rows)) == 2


def test_noise_is_no_change() -> None:
    near = replace(IDLE, at_ms=-10, high_mv=12_499, low_mv=11_501, duty_permille=999.1)
    assert len(text.changes_of([replace(IDLE, at_ms=-20), near])) == 1
    some = replace(IDLE, at_ms=-20, current_a=(16.0, None, None))
    more = replace(some, at_ms=-10, current_a=(16.5, None, None))
    assert len(text.changes_of([some, more])) == 1


@pytest.mark.parametrize("width", [40, 80, 120])
def test_a_plot_fits_its_width_and_shows_each_part(width: int) -> None:
    lines = plot.lines_of(story(), width)
    assert max(map(len, lines[:-1])) <= width
    lanes = {line[:8].strip(): line[9:] for line in lines}
    assert lanes["coil"].count("·") > lanes["coil"].count("█") > 0
    half = (width - 10) // 2
    assert lanes["coil"][: half - 1] == "·" * (half - 1)
    assert set(lanes["pilot"]) == {"A", "C"}
    assert lanes["sequence"].startswith("|idle-")
    assert lanes["fault"].rstrip("█") == "·" * lanes["fault"].count("·")
    assert lanes["L1 A"].endswith("█")
    assert lanes["L2 A"].endswith("▄")
    assert set(lanes["L3 A"]) == {"?"}
    assert "full height is 16 A" in lines[-1]
    assert "▲" in lines[-3]


def test_one_disturbed_tick_is_seen_in_a_plot() -> None:
    rows = story()
    rows[200] = replace(rows[200], high_mv=-12_000, pilot="F", is_tripped=True)
    lanes = {line[:8].strip(): line[9:] for line in plot.lines_of(rows, 80)}
    column = 200 * 70 // 999
    assert lanes["pilot"][column] == "F"
    assert lanes["RCD trip"][column] == "█"
    assert lanes["-12 V"][column] != " "


def test_without_rows_nothing_is_plotted() -> None:
    assert plot.lines_of([], 80) == []
    assert "no rows" in svg.picture_of([], "")


def test_a_picture_is_sound_xml_with_its_title_and_lanes() -> None:
    picture = svg.picture_of(story(), "EVSE 1: <RcdDc> & more")
    root = Xml.fromstring(picture)
    words = [element.text for element in root.iter("{http://www.w3.org/2000/svg}text")]
    assert words[0] == "EVSE 1: <RcdDc> & more"
    assert {"+12 V", "coil", "mirror", "fault", "16 A", "-9 s", "charging"} <= set(words)
    lines = list(root.iter("{http://www.w3.org/2000/svg}polyline"))
    assert len(lines) == 5, "two levels, duty, and two phases that were measured"
    assert len(picture) < 20_000
