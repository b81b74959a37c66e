"""The pilot board: measurements and profiles that reach ring 1, self-tests and traces that leave.

On both interpreters.
"""

from link_bench import LEVEL_B, Bench, framed, hello

from ampkeeper.firmware.safety.recorder import ASKED, ROW_BYTES
from ampkeeper.hal.link.device import FRESH_MS
from ampkeeper.hal.link.frame import FrameParser
from ampkeeper.hal.link.messages import (
    COMMAND,
    DONE,
    FREEZE_TRACE,
    MEASURED,
    PROFILE,
    RAW,
    READ_TRACE,
    REARM_TRACE,
    REFUSED,
    REPORT_TESTS,
    RESTORE_CLOSINGS,
    RESTORE_FAULTS,
    RESTORE_UNDER_LOAD,
    RESULT,
    SELF_TEST,
    TRACE,
    TRACE_LAYOUT,
    Message,
)

PASSED, ABSENT = 2, 4


def greeted():
    """A board with settings in force that has said all it had to say; the next counter is 2."""
    bench = Bench()
    bench.greet()
    bench.run(2_000)
    return bench


def order(bench, kind, counter, **values):
    values.update({"epoch": bench.status()["epoch"], "counter": counter})
    bench.board.feed(framed(kind, **values))


def command(bench, counter, code, argument=0):
    """Give a command and return what became of it."""
    order(bench, COMMAND, counter, command_id=counter, code=code, argument=argument)
    return bench.status()["command_result"]


def measured(bench, counter, seen_ms, **values):
    order(bench, MEASURED, counter, seen_ms=seen_ms, **values)


def adopt(bench, counter, profile_id=5, **changes):
    values = {
        "profile_id": profile_id,
        "min_ma": 10_000,
        "wake_method": 1,
        "wake_after_ms": 30_000,
        "phase_gap_ms": 60_000,
    }
    values.update(changes)
    order(bench, PROFILE, counter, **values)


def said(bench, kind, ticks):
    """Let time pass; return the values of each message of a kind, and its bytes if it has any."""
    parser = FrameParser()
    message = Message(kind)
    found = []
    for _ in range(ticks):
        parser.feed(bench.tick())
        while parser.next():
            if parser.kind == kind:
                assert message.unpack_from(parser.buffer, parser.offset, parser.length)
                found.append((dict(message.values), bytes(message.raw)))
    return found


def test_a_measurement_reaches_the_protection() -> None:
    bench = greeted()
    measured(bench, 2, bench.status()["uptime_ms"], current_l1_ma=9_000, voltage_l1_mv=229_000)
    bench.tick()
    metered = bench.board.supervisor.protection.metered
    assert metered.currents_ma == [9_000, 0, 0]
    assert metered.voltages_mv == [229_000, 0, 0]


def test_a_measurement_that_is_unknown_stays_unknown() -> None:
    bench = greeted()
    now_ms = bench.status()["uptime_ms"]
    measured(bench, 2, now_ms, current_l1_ma=9_000, current_l2_ma=-1, current_l3_ma=-1)
    bench.tick()
    assert bench.board.supervisor.protection.metered.currents_ma == [9_000, -1, -1]


def test_a_measurement_that_answers_an_old_status_is_refused() -> None:
    bench = greeted()
    seen_ms = bench.status()["uptime_ms"]
    bench.run(FRESH_MS)
    measured(bench, 2, seen_ms, current_l1_ma=9_000)
    bench.run(10)
    measured(bench, 3, seen_ms, current_l1_ma=20_000)
    bench.tick()
    assert bench.board.supervisor.protection.metered.currents_ma[0] == 9_000
    assert bench.board.link.refused_count == 1


def test_a_measurement_that_was_recorded_is_refused() -> None:
    bench = greeted()
    for current_ma in (9_000, 20_000):
        measured(bench, 2, bench.status()["uptime_ms"], current_l1_ma=current_ma)
    bench.tick()
    assert bench.board.supervisor.protection.metered.currents_ma[0] == 9_000
    assert bench.board.link.refused_count == 1


def test_a_profile_is_in_force_when_the_status_names_its_id_until_the_car_leaves() -> None:
    bench = greeted()
    bench.level_mv = LEVEL_B
    bench.run(500)
    adopt(bench, 2)
    bench.run(100)
    assert bench.report["profile_id"] == 5
    assert bench.board.supervisor.profile.min_ma == 10_000
    bench.level_mv = 12_000
    bench.run(1_000)
    assert bench.report["profile_id"] == 0
    assert bench.board.supervisor.profile.min_ma == 6_000


def test_a_profile_in_force_is_not_taken_again() -> None:
    bench = greeted()
    bench.level_mv = LEVEL_B
    bench.run(500)
    adopt(bench, 2)
    first = bench.board.supervisor.profile
    adopt(bench, 3)
    assert bench.board.supervisor.profile is first
    adopt(bench, 4, profile_id=6)
    assert bench.board.supervisor.profile is not first


def test_a_profile_that_contradicts_itself_is_refused_and_counted() -> None:
    bench = greeted()
    bench.level_mv = LEVEL_B
    bench.run(500)
    adopt(bench, 2, never_f=1)  # and it would be woken by F
    bench.run(100)
    assert bench.report["profile_id"] == 0
    assert bench.report["refused_count"] == 1


def test_nothing_is_told_of_self_tests_before_settings() -> None:
    bench = Bench()
    assert said(bench, RESULT, 200) == []
    bench.greet()
    assert len(said(bench, RESULT, 200)) > 10


def test_all_results_are_told_on_request_one_at_a_time() -> None:
    bench = greeted()
    assert said(bench, RESULT, 50) == []
    assert command(bench, 2, REPORT_TESTS) == DONE
    told = [values for values, _ in said(bench, RESULT, 60)]
    assert [values["number"] for values in told] == list(range(1, 30))
    earth = told[14]
    assert (earth["result"], earth["value"], earth["low"], earth["high"]) == (PASSED, 1, 1, 1)
    assert earth["count"] >= 1
    assert told[10]["result"] == ABSENT


def test_a_result_tells_its_age() -> None:
    bench = greeted()
    bench.board.supervisor.protection.selftests.finish(17, True, 3, 1, 4, 20)
    bench.run(3_100)
    command(bench, 2, REPORT_TESTS)
    (told,) = [values for values, _ in said(bench, RESULT, 60) if values["number"] == 17]
    assert told == {
        "epoch": bench.status()["epoch"],
        "counter": told["counter"],
        "number": 17,
        "result": PASSED,
        "value": 3,
        "low": 1,
        "high": 4,
        "duration_ms": 20,
        "age_s": 3,
        "count": 1,
    }


def test_a_self_test_is_run_on_request_and_one_that_takes_a_car_is_refused() -> None:
    bench = greeted()
    assert command(bench, 2, SELF_TEST, 15) == DONE
    assert [values["number"] for values, _ in said(bench, RESULT, 60)] == [15]
    assert command(bench, 3, SELF_TEST, 17) == REFUSED
    assert command(bench, 4, SELF_TEST, 30) == REFUSED
    assert command(bench, 5, SELF_TEST) == DONE
    assert len(said(bench, RESULT, 60)) > 10


def test_the_state_goes_before_results() -> None:
    bench = greeted()
    command(bench, 2, REPORT_TESTS)
    count = bench.report_count
    bench.run(600)
    assert bench.report_count - count >= 6


def test_a_running_recorder_has_nothing_to_read() -> None:
    bench = greeted()
    assert command(bench, 2, READ_TRACE) == REFUSED
    assert command(bench, 3, REARM_TRACE) == REFUSED
    assert said(bench, TRACE, 50) == []


def test_the_whole_trace_comes_in_pieces_from_any_offset() -> None:
    bench = greeted()
    assert command(bench, 2, FREEZE_TRACE) == DONE
    assert command(bench, 3, FREEZE_TRACE) == REFUSED
    bench.run(1_100)
    assert bench.report["trace_id"] == 1
    total = bench.board.recorder.total()
    assert total >= 300 * ROW_BYTES
    assert command(bench, 4, READ_TRACE, total) == REFUSED
    for counter, first in ((5, 0), (6, 20 * RAW)):
        assert command(bench, counter, READ_TRACE, first) == DONE
        pieces = said(bench, TRACE, total // RAW + 60)
        assert [values["offset"] for values, _ in pieces] == list(range(first, total, RAW))
        expected = bytearray(RAW)
        for values, raw in pieces:
            assert (values["trace_id"], values["cause"], values["total"]) == (1, ASKED, total)
            end = bench.board.recorder.read(values["offset"], expected)
            assert raw[: end - values["offset"]] == bytes(expected[: end - values["offset"]])


def test_rearmed_in_the_middle_the_rest_is_not_sent_and_the_recorder_runs() -> None:
    bench = greeted()
    command(bench, 2, FREEZE_TRACE)
    bench.run(1_100)
    command(bench, 3, READ_TRACE)
    assert len(said(bench, TRACE, 10)) > 3
    assert command(bench, 4, REARM_TRACE) == DONE
    assert said(bench, TRACE, 50) == []
    assert bench.report["trace_id"] == 0
    command(bench, 5, FREEZE_TRACE)
    bench.run(1_100)
    assert bench.report["trace_id"] == 2
    assert said(bench, TRACE, 50) == []


def test_an_order_to_go_on_that_names_another_trace_costs_neither_the_trace_nor_its_reading() -> (
    None
):
    bench = greeted()
    for trace_id in (1, 2):
        command(bench, 10 * trace_id, FREEZE_TRACE)
        bench.run(1_100)
        command(bench, 10 * trace_id + 1, READ_TRACE)
        assert command(bench, 10 * trace_id + 2, REARM_TRACE, 3 - trace_id) == REFUSED
        assert len(said(bench, TRACE, 10)) > 3
        assert command(bench, 10 * trace_id + 3, REARM_TRACE, trace_id) == DONE


def test_counts_of_a_contactor_are_given_back_and_only_grow() -> None:
    bench = greeted()
    assert command(bench, 2, RESTORE_CLOSINGS, 1_234) == DONE
    assert command(bench, 3, RESTORE_UNDER_LOAD, 5) == DONE
    assert command(bench, 4, RESTORE_CLOSINGS, 12) == DONE
    bench.run(100)
    assert (bench.report["closings"], bench.report["under_load"]) == (1_234, 5)


def test_faults_that_are_put_back_freeze_nothing() -> None:
    bench = greeted()
    assert command(bench, 2, RESTORE_FAULTS, 1 << 1) == DONE
    bench.run(3_000)
    assert (bench.report["faults"], bench.report["trace_id"]) == (2, 0)


def test_ticks_with_results_and_a_trace_on_their_way_allocate_nothing() -> None:
    try:
        from micropython import heap_lock, heap_unlock
    except ImportError:  # CPython: nothing to prove
        return
    bench = greeted()
    command(bench, 2, FREEZE_TRACE)
    bench.run(1_100)
    command(bench, 3, READ_TRACE)
    command(bench, 4, REPORT_TESTS)
    command(bench, 5, SELF_TEST)
    board, inputs = bench.board, bench.inputs
    heap_lock()
    try:
        for emergency_stop in (0, 1):
            inputs.emergency_stop = emergency_stop
            for _ in range(150):
                board.tick(10, inputs)
                board.to_send()
    finally:
        heap_unlock()
    assert board.recorder.trace_id == 1


def test_a_recorder_that_freezes_by_a_fault_allocates_nothing() -> None:
    try:
        from micropython import heap_lock, heap_unlock
    except ImportError:  # CPython: nothing to prove
        return
    bench = greeted()
    board, inputs = bench.board, bench.inputs
    inputs.rcd_dc = 1
    inputs.current_l1_ma = 63_000
    heap_lock()
    try:
        for _ in range(150):
            board.tick(10, inputs)
            board.to_send()
    finally:
        heap_unlock()
    assert (board.recorder.trace_id, board.recorder.cause) == (1, 1)


def test_what_is_told_carries_the_epoch_and_is_counted_from_each_greeting_on() -> None:
    bench = greeted()
    for nonce in (8, 9):
        bench.board.feed(hello(nonce))
        epoch = bench.status()["epoch"]
        command(bench, 1, REPORT_TESTS)
        told = [values for values, _ in said(bench, RESULT, 60)]
        assert {values["epoch"] for values in told} == {epoch}
        assert [values["counter"] for values in told] == list(range(1, 30))


def test_a_piece_names_the_layout_of_its_rows() -> None:
    bench = greeted()
    command(bench, 2, FREEZE_TRACE)
    bench.run(1_100)
    command(bench, 3, READ_TRACE)
    pieces = [values for values, _ in said(bench, TRACE, 5)]
    assert pieces
    assert {values["layout"] for values in pieces} == {TRACE_LAYOUT}
