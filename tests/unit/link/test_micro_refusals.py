"""Every refusal moves a counter that STATUS shows, and a broken clock breaks nothing else.

Both interpreters.
"""

from link_bench import LEVEL_B, LEVEL_C, Bench, framed, hello, settings_order

from ampkeeper.hal.link.frame import CRC_BYTES, HEADER_BYTES, seal
from ampkeeper.hal.link.messages import (
    BITS_30,
    CLEAR_FAULT,
    COMMAND,
    FREEZE_TRACE,
    MEASURED,
    PERMIT,
    PROFILE,
    READ_TRACE,
    REARM_TRACE,
    STATUS,
    TRACE,
)

BAD = (1 << 32) - 1


def greeted():
    bench = Bench()
    bench.greet()
    bench.run(200)
    assert counts(bench) == (0, 0, 0, 0)
    return bench


def counts(bench):
    """What the newest STATUS shows: refused, invalid, garbled, hangs."""
    names = ("refused_count", "invalid_count", "garbled_count", "hang_count")
    return tuple(bench.report[name] for name in names)


def after(bench, *frames):
    """Feed frames and return the counts that the next STATUS shows."""
    for frame in frames:
        bench.board.feed(frame)
    bench.run(200)
    return counts(bench)


def order(bench, kind, counter, **values):
    values["epoch"] = bench.status()["epoch"]
    if kind in (PERMIT, MEASURED):
        values["seen_ms"] = bench.status()["uptime_ms"]
    return framed(kind, counter=counter, **values)


def mangled(frame):
    data = bytearray(frame)
    data[6] ^= 1
    return bytes(data)


def test_an_order_that_is_not_fresh_is_counted_whatever_its_kind():
    for kind in (PERMIT, COMMAND, MEASURED, PROFILE):
        bench = None  # let the last one go: the heap holds one board
        bench = greeted()
        frame = order(bench, kind, 2, current_ma=0, min_ma=6_000, code=FREEZE_TRACE)
        assert after(bench, frame) == (0, 0, 0, 0), kind
        assert after(bench, frame) == (1, 0, 0, 0), kind
        old = order(bench, kind, 3)
        bench.board.feed(hello(9))
        assert after(bench, old) == (2, 0, 0, 0), kind


def test_a_permit_that_ring_1_does_not_take_is_counted():
    bench = greeted()
    assert after(bench, bench.permit(2, phases=2)) == (1, 0, 0, 0)
    assert after(bench, bench.permit(3, flags=4)) == (2, 0, 0, 0)
    assert bench.board.supervisor.permit.current_ma == 0


def test_settings_that_ring_1_does_not_take_are_counted_each_time():
    bench = greeted()
    epoch = bench.status()["epoch"]
    frames = [settings_order(epoch, counter, settings_id=78, phases=2) for counter in (2, 3)]
    assert after(bench, *frames) == (2, 0, 0, 0)
    bench.level_mv = LEVEL_B
    bench.run(100)
    assert after(bench, settings_order(epoch, 4, settings_id=79)) == (3, 0, 0, 0)
    assert bench.report["settings_id"] == 77


def test_a_profile_that_contradicts_itself_is_counted():
    bench = greeted()
    values = {"profile_id": 5, "min_ma": 6_000, "wake_method": 1, "never_f": 1}
    assert after(bench, order(bench, PROFILE, 2, **values)) == (1, 0, 0, 0)
    assert bench.report["profile_id"] == 0


def test_a_command_that_is_refused_or_unknown_is_counted_once():
    bench = greeted()
    for counter, code in ((2, CLEAR_FAULT), (3, READ_TRACE), (4, REARM_TRACE), (5, 200)):
        frame = order(bench, COMMAND, counter, command_id=counter, code=code, argument=BITS_30)
        assert after(bench, frame) == (counter - 1, 0, 0, 0)
    again = order(bench, COMMAND, 6, command_id=5, code=200)
    assert after(bench, again) == (4, 0, 0, 0)


def test_what_cannot_be_understood_is_counted():
    bench = greeted()
    assert after(bench, framed(STATUS), framed(TRACE)) == (0, 2, 0, 0)
    assert after(bench, framed(PERMIT, -1), framed(PERMIT, 1)) == (0, 4, 0, 0)


def test_a_value_out_of_range_is_counted_and_changes_nothing():
    bench = greeted()
    sound = bench.permit(2)
    bench.board.feed(sound)
    data = bytearray(sound)
    for at in range(HEADER_BYTES + 12, HEADER_BYTES + 16):
        data[at] = 0xFF  # current_ma
    seal(data, len(sound) - HEADER_BYTES - CRC_BYTES, 0, PERMIT)
    assert after(bench, bytes(data)) == (0, 1, 0, 0)
    assert bench.board.supervisor.permit.current_ma == 16_000


def test_what_is_no_frame_is_counted():
    bench = greeted()
    assert after(bench, mangled(bench.permit(2)))[2] == 1
    assert after(bench, b"\xa5\x5a\xff\x00\x00")[2] == 2
    assert after(bench, bench.permit(2)[:10])[2] == 3
    assert after(bench)[:2] == (0, 0)


def test_a_count_stays_at_the_end_of_its_scale():
    bench = greeted()
    link = bench.board.link
    link.unknown_count = link.invalid_count = BITS_30
    parser = link.parser
    parser.bad_crc_count = parser.bad_length_count = parser.truncated_count = BITS_30
    bench.board.supervisor.hang_count = 70_000
    link.refused_count = BITS_30
    link.count_refused()
    bench.run(200)
    assert counts(bench) == (BITS_30, 65_535, 65_535, 65_535)


def test_each_hang_is_counted_and_costs_the_permit():
    bench = greeted()
    for told_ms in (251, 1_000_000_000, 1 << 29):
        bench.board.feed(bench.permit(bench.status()["counter"] + 1))
        assert bench.board.supervisor.permit.current_ma == 16_000
        bench.board.tick(told_ms, bench.inputs)
        assert bench.board.supervisor.permit.current_ma == 0, told_ms
    bench.run(200)
    assert counts(bench) == (0, 0, 0, 3)


def test_a_clock_that_goes_backwards_silences_nothing():
    bench = greeted()
    before_ms = bench.status()["uptime_ms"]
    for told_ms in (-1, -100, -1_000_000_000, -1_000_000_000):
        bench.board.tick(told_ms, bench.inputs)
    assert bench.status()["uptime_ms"] == before_ms
    count = bench.report_count
    bench.run(200)
    assert bench.report_count == count + 2
    bench.board.feed(bench.permit(2))
    assert bench.board.supervisor.permit.current_ma == 16_000


def test_a_clock_that_goes_backwards_does_not_keep_the_recorder_from_freezing():
    bench = greeted()
    bench.board.feed(order(bench, COMMAND, 2, command_id=2, code=FREEZE_TRACE))
    for _ in range(10):
        bench.board.tick(-1_000_000, bench.inputs)
    bench.run(1_100)
    assert bench.report["trace_id"] == 1


def test_a_clock_that_stands_or_goes_backwards_ends_a_charge():
    for told_ms in (0, -1, -(1 << 29)):
        bench = None  # let the last one go: the heap holds one board
        bench = greeted()
        bench.plug_in_and_draw()
        for counter in range(2, 8):
            bench.board.feed(bench.permit(counter))
            bench.run(300)
        assert bench.out.coil == 1
        ticks = 0
        while bench.out.coil:
            ticks += 1
            assert ticks <= 20 + 3 + 12, told_ms  # still ticks, then the car obeys X1
            bench.level_mv = LEVEL_C if bench.out.duty_ticks < 62_500 else LEVEL_B
            bench.inputs.cp_high_mv = bench.level_mv
            is_offered = bench.out.duty_ticks < 62_500
            bench.inputs.cp_low_mv = -12_000 if is_offered else bench.level_mv
            bench.out = bench.board.tick(told_ms, bench.inputs)
        assert bench.board.supervisor.hang_count > 0


def test_250_ms_between_two_ticks_are_none_too_many_and_251_are():
    bench = greeted()
    bench.board.feed(bench.permit(2))
    bench.board.tick(250, bench.inputs)
    assert bench.board.supervisor.permit.current_ma == 16_000
    bench.board.tick(251, bench.inputs)
    assert bench.board.supervisor.permit.current_ma == 0


def test_a_charge_goes_on_where_the_uptime_starts_again():
    bench = greeted()
    bench.status()["uptime_ms"] = BITS_30 - 3_000
    bench.plug_in_and_draw()
    for counter in range(2, 22):
        bench.board.feed(bench.permit(counter))
        bench.run(500)
    assert bench.status()["uptime_ms"] < 8_000
    assert [value for _, what, value in bench.edges if what == "coil"] == [1]
    assert counts(bench) == (0, 0, 0, 0)


def test_a_permit_of_before_the_uptime_started_again_grows_old_like_any():
    bench = greeted()
    bench.status()["uptime_ms"] = BITS_30
    stale = bench.permit(3)
    good = bench.permit(2)
    bench.run(1_500)
    assert bench.status()["uptime_ms"] == 1_499
    assert after(bench, good)[0] == 0
    bench.run(10)
    assert after(bench, stale)[0] == 1


def test_the_last_counter_of_an_epoch_counts_and_none_after_it():
    bench = greeted()
    bench.board.feed(bench.permit(BITS_30))
    assert bench.board.supervisor.permit.current_ma == 16_000
    assert after(bench, bench.permit(BITS_30, 8_000), bench.permit(1, 8_000))[0] == 2
    bench.board.feed(hello(2))
    bench.board.feed(bench.permit(1, 8_000))
    assert bench.board.supervisor.permit.current_ma == 8_000


def test_orders_of_the_last_epoch_are_void_in_the_first():
    bench = Bench(epoch=BITS_30 - 2)
    bench.greet(nonce=5)
    assert bench.status()["epoch"] == BITS_30
    old = bench.permit(2)
    bench.board.feed(hello(6))
    assert bench.status()["epoch"] == 1
    assert after(bench, old)[0] == 1


def test_a_trace_that_is_let_go_in_mid_reading_is_not_sent_on():
    bench = greeted()
    bench.board.feed(order(bench, COMMAND, 2, command_id=2, code=FREEZE_TRACE))
    bench.run(1_100)
    bench.board.feed(order(bench, COMMAND, 3, command_id=3, code=READ_TRACE))
    bench.run(50)
    bench.board.feed(order(bench, COMMAND, 4, command_id=4, code=REARM_TRACE))
    for _ in range(300):
        sent = bench.tick()
        assert not sent or sent[4] != TRACE


def test_no_offset_makes_the_board_send_what_is_not_in_the_trace():
    bench = greeted()
    bench.board.feed(order(bench, COMMAND, 2, command_id=2, code=FREEZE_TRACE))
    bench.run(1_200)
    total = bench.board.recorder.total()
    counter = 3
    for offset, is_sent in ((total, False), (BITS_30, False), (total - 1, True), (7, True)):
        frame = order(bench, COMMAND, counter, command_id=counter, code=READ_TRACE, argument=offset)
        counter += 1
        bench.board.feed(frame)
        kinds = [sent[4] for sent in (bench.tick() for _ in range(400)) if sent]
        assert (TRACE in kinds) == is_sent, offset
        assert kinds[-10:] == [STATUS] * 10
