"""The flight recorder: what a row holds, when it freezes, and what is read of it."""

from ampkeeper.firmware.safety import fault as f
from ampkeeper.firmware.safety.recorder import (
    ASKED,
    CUT,
    FLAG,
    LEVEL_MV,
    ROW_BYTES,
    ROWS,
    Recorder,
)
from ampkeeper.firmware.safety.signals import MADE, NO, UNKNOWN, YES, Inputs, Outputs

TICK_MS = 10
DARK = (UNKNOWN, UNKNOWN, UNKNOWN)


def record(recorder, count=1, faults=0, elapsed_ms=TICK_MS, currents_ma=DARK, inputs=None):
    """Let it write so many rows."""
    for _ in range(count):
        recorder.tick(elapsed_ms, inputs or Inputs(), Outputs(), list(currents_ma), faults)


def frozen(recorder):
    """Ask for it, and wait until it is frozen."""
    assert recorder.freeze(ASKED)
    record(recorder, 100)
    return everything(recorder)


def everything(recorder):
    """Read all that there is in one piece."""
    data = bytearray(recorder.total())
    assert recorder.read(0, data) == len(data)
    return data


def row_of(elapsed_ms=TICK_MS, currents_ma=DARK, faults=0, outputs=None, **seen):
    """Write one row of these inputs and return its bytes."""
    inputs = Inputs()
    for name in seen:
        setattr(inputs, name, seen[name])
    recorder = Recorder()
    recorder.tick(elapsed_ms, inputs, outputs or Outputs(), list(currents_ma), faults)
    return everything(recorder)


def test_a_row_begins_with_the_pilots_voltages_and_the_duty():
    outputs = Outputs()
    outputs.duty_ticks = 16_666
    row = row_of(cp_high_mv=6_000, cp_low_mv=-12_000, outputs=outputs)
    assert len(row) == ROW_BYTES == 8
    assert (row[0], row[1], row[2]) == (48, 0x100 - 96, 67)
    for duty_ticks, shown in ((0, 0), (3_125, 13), (62_499, 250), (62_500, 250)):
        outputs.duty_ticks = duty_ticks
        assert row_of(outputs=outputs)[2] == shown


def test_a_voltage_is_the_nearest_eighth_of_a_volt_that_a_byte_holds():
    for mv, shown in (
        (0, 0),
        (62, 0),
        (63, 1),
        (-62, 0),
        (-63, 0xFF),
        (15_875, 127),
        (99_000, 127),
        (-15_875, 0x81),
        (-99_000, 0x81),
    ):
        assert row_of(cp_high_mv=mv)[0] == shown, mv
        assert row_of(cp_low_mv=mv)[1] == shown, mv


def test_a_row_packs_pilot_sequence_coil_and_mirror_into_one_byte():
    outputs = Outputs()
    outputs.pilot, outputs.sequence = 5, 6
    assert row_of(outputs=outputs)[3] == 5 | 6 << 3
    outputs.coil = YES
    assert row_of(outputs=outputs)[3] == 5 | 6 << 3 | 1 << 6
    outputs.coil = NO
    assert row_of(outputs=outputs, mirror=MADE)[3] == 5 | 6 << 3 | 1 << 7


def test_a_row_holds_how_long_the_tick_took_as_far_as_six_bits_can():
    for elapsed_ms, shown in ((0, 0), (10, 10), (63, 63), (64, 63), (255, 63), (-5, 0)):
        assert row_of(elapsed_ms)[4] == shown


def test_a_row_holds_each_current_in_amperes_and_127_where_none_is_known():
    assert row_of(currents_ma=(UNKNOWN, 0, 16_000))[5:8] == bytes([127, 0, 16])
    assert row_of(currents_ma=(999, 1_000, 1_999))[5:8] == bytes([0, 1, 1])
    assert row_of(currents_ma=(126_000, 127_000, 900_000))[5:8] == bytes([126, 126, 126])
    assert row_of(currents_ma=(-2, 6_250, 63_000))[5:8] == bytes([0, 6, 63])


def test_a_row_flags_a_cut_pilot_phases_the_bolt_a_trip_and_a_fault():
    assert row_of(currents_ma=(0, 0, 0))[4:8] == bytes([10, 0, 0, 0])
    outputs = Outputs()
    outputs.cp_connected = NO
    assert row_of(outputs=outputs)[4] == 10 | CUT
    outputs = Outputs()
    outputs.phases = 3
    assert row_of(outputs=outputs)[5:8] == bytes([127 | FLAG, 127, 127])
    assert row_of(lock_closed=YES)[5:8] == bytes([127, 127 | FLAG, 127])
    assert row_of(rcd_ac=YES)[5:8] == bytes([127, 127, 127 | FLAG])
    assert row_of(rcd_dc=YES)[5:8] == bytes([127, 127, 127 | FLAG])
    assert row_of(faults=1 << f.RCD_DC)[4] == 10 | FLAG
    outputs.cp_connected = NO
    everywhere = row_of(outputs=outputs, lock_closed=YES, rcd_ac=YES, rcd_dc=YES, faults=1)
    assert everywhere[4:8] == bytes([10 | CUT | FLAG, 255, 255, 255])
    assert (CUT, FLAG) == (64, 128)


def test_at_first_there_is_nothing_to_read_and_nobody_to_blame():
    recorder = Recorder()
    assert (recorder.trace_id, recorder.cause, recorder.total()) == (0, ASKED, 0)
    assert ASKED == 255  # a byte of the link
    into = bytearray(b"x" * 4)
    assert recorder.read(0, into) == 0
    assert into == b"xxxx"
    assert not recorder.rearm()


def test_ten_seconds_are_kept_and_the_oldest_row_is_read_first():
    recorder = Recorder()
    for number in range(ROWS + 3):
        inputs = Inputs()
        inputs.cp_high_mv = number % 100 * LEVEL_MV
        record(recorder, inputs=inputs)
        assert recorder.total() == min(number + 1, ROWS) * ROW_BYTES
    data = everything(recorder)
    for number in range(ROWS):
        assert data[number * ROW_BYTES] == (number + 3) % 100
    assert ROWS * TICK_MS == 10_000


def test_pieces_of_any_offset_are_the_whole():
    recorder = Recorder()
    for number in range(ROWS + 700):
        inputs = Inputs()
        inputs.cp_low_mv = -number * 7
        record(recorder, inputs=inputs)
    data = everything(recorder)
    offset = 0
    piece = bytearray(50)
    while offset < len(data):
        end = recorder.read(offset, piece)
        assert end == min(offset + 50, len(data))
        assert piece[: end - offset] == data[offset:end]
        offset = end
    last = bytearray(b"x" * 8)
    assert recorder.read(recorder.total() - 3, last) == recorder.total()
    assert last == data[-3:] + b"xxxxx"


def test_a_fault_freezes_it_one_second_later():
    recorder = Recorder()
    record(recorder, 50)
    record(recorder, 99, faults=1 << f.RCD_DC)
    assert (recorder.trace_id, recorder.cause) == (0, f.RCD_DC)
    record(recorder, faults=1 << f.RCD_DC)
    assert recorder.trace_id == 1
    assert recorder.total() == 150 * ROW_BYTES


def test_a_tick_longer_than_what_is_left_freezes_too():
    recorder = Recorder()
    record(recorder, faults=1, elapsed_ms=999)
    assert recorder.trace_id == 0
    record(recorder, faults=1, elapsed_ms=250)
    assert recorder.trace_id == 1
    assert recorder.total() == 2 * ROW_BYTES


def test_of_several_faults_the_one_with_the_lowest_code_is_the_cause():
    recorder = Recorder()
    record(recorder, faults=1 << f.OUTLET_DEAD | 1 << f.PE_LOST)
    assert recorder.cause == f.PE_LOST
    recorder = Recorder()
    record(recorder, faults=1 << f.RCD_AC)
    assert recorder.cause == f.RCD_AC == 0


def test_the_first_fault_wins_while_it_is_on_its_way_and_while_it_is_frozen():
    recorder = Recorder()
    record(recorder, 10, faults=1 << f.PE_LOST)
    record(recorder, 20, faults=1 << f.PE_LOST | 1 << f.RCD_AC)
    assert recorder.cause == f.PE_LOST
    assert not recorder.freeze(ASKED)
    record(recorder, 69, faults=1 << f.RCD_AC)
    assert recorder.trace_id == 0
    record(recorder, 1)
    data = everything(recorder)
    record(recorder, 500, faults=1 << f.RCD_DC)
    assert not recorder.freeze(ASKED)
    assert (recorder.trace_id, recorder.cause) == (1, f.PE_LOST)
    assert everything(recorder) == data


def test_a_fault_that_stays_freezes_once_and_one_that_returns_again():
    recorder = Recorder()
    record(recorder, 100, faults=1)
    assert recorder.rearm()
    record(recorder, 300, faults=1)
    assert recorder.trace_id == 0
    record(recorder, 1)
    record(recorder, 100, faults=1)
    assert recorder.trace_id == 2


def test_a_fault_that_came_while_it_was_frozen_is_recorded_after_it():
    recorder = Recorder()
    record(recorder, 100, faults=1)
    record(recorder, 5, faults=1 | 1 << f.PE_LOST)
    assert recorder.rearm()
    record(recorder, 1, faults=1 | 1 << f.PE_LOST)
    assert recorder.cause == f.PE_LOST


def test_it_freezes_when_asked_and_names_nobody():
    recorder = Recorder()
    record(recorder, 5)
    data = frozen(recorder)
    assert (recorder.trace_id, recorder.cause) == (1, ASKED)
    assert len(data) == 105 * ROW_BYTES
    assert not recorder.freeze(f.RCD_AC)


def test_a_clock_that_stands_brings_the_end_no_nearer():
    recorder = Recorder()
    record(recorder, faults=1, elapsed_ms=999)
    record(recorder, 5, faults=1, elapsed_ms=0)
    record(recorder, 5, faults=1, elapsed_ms=-7)
    assert recorder.trace_id == 0
    record(recorder, faults=1, elapsed_ms=1)
    assert recorder.trace_id == 1


def test_rearmed_it_begins_with_an_empty_ring_and_a_new_number():
    recorder = Recorder()
    record(recorder, 30)
    frozen(recorder)
    assert recorder.rearm()
    assert (recorder.trace_id, recorder.total()) == (0, 0)
    assert not recorder.rearm()
    record(recorder, 500)
    assert recorder.trace_id == 0
    frozen(recorder)
    assert recorder.trace_id == 2
    assert recorder.total() == 600 * ROW_BYTES


def test_numbers_of_traces_begin_again_at_1_after_65535():
    recorder = Recorder()
    recorder._last_id = 65_534
    frozen(recorder)
    assert recorder.trace_id == 65_535
    recorder.rearm()
    frozen(recorder)
    assert recorder.trace_id == 1


def test_a_fault_that_was_put_back_after_a_restart_freezes_nothing_until_it_comes_anew():
    recorder = Recorder()
    recorder.expect(1 << f.RCD_DC)
    record(recorder, 200, faults=1 << f.RCD_DC)
    assert recorder.trace_id == 0
    record(recorder)
    record(recorder, 100, faults=1 << f.RCD_DC)
    assert (recorder.trace_id, recorder.cause) == (1, f.RCD_DC)


def test_what_is_expected_adds_to_what_is_there():
    recorder = Recorder()
    record(recorder, 100, faults=1)
    recorder.rearm()
    recorder.expect(1 << f.RCD_DC)
    record(recorder, 200, faults=1 | 1 << f.RCD_DC)
    assert recorder.trace_id == 0


def test_one_that_is_named_is_let_go_once():
    recorder = Recorder()
    for trace_id in (1, 2):
        frozen(recorder)
        assert recorder.trace_id == trace_id
        assert recorder.rearm(2) == (trace_id == 2)
        assert recorder.rearm(1) == (trace_id == 1)
        assert recorder.trace_id == 0
