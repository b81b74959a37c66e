"""To the millisecond: blocks without length, long ones, and what counts from power-up."""

from ampkeeper.firmware.safety.contactor import OPEN, OPENING, STUCK, Contactor
from ampkeeper.firmware.safety.lock import FREE, HELD, JAMMED, LOCKED, UNLOCKED, Lock
from ampkeeper.firmware.safety.pilot import INVALID, A, C, PilotFilter
from ampkeeper.firmware.safety.signals import LOCK_REST, NO, YES
from ampkeeper.firmware.safety.temperature import Temperature
from ampkeeper.firmware.safety.units import DRIVE_OPEN, DRIVE_X1
from ampkeeper.firmware.safety.voltage import Voltage

NOISE_MV = 20_000


def test_only_mains_seen_for_600_ms_since_power_up_has_not_been_missed_req_cnt_02():
    for first_ms, state in ((9, OPEN), (10, STUCK)):  # 599 ms, and 600
        contactor = Contactor()
        contactor.tick(first_ms, 0)
        for _ in range(4):
            contactor.tick(10, 0)
        contactor.command(1)
        for _ in range(23):
            contactor.tick(10, 1)
        for _ in range(2):
            contactor.tick(10, 0)
        contactor.command(0)
        for _ in range(29):
            contactor.tick(10, 0)
        assert contactor.state == OPENING
        contactor.tick(10, 0)
        assert contactor.state == state


def starts(lock, ms, bolt):
    """Let time pass, with a plug that may go; return how often the motor was started."""
    count = 0
    for _ in range(ms // 10):
        before = lock.drive
        lock.tick(10, FREE, True, bolt)
        count += before != lock.drive and lock.drive != LOCK_REST
    return count


def test_a_bolt_comes_in_by_itself_three_times_from_power_up_and_from_a_reset_on():
    lock = Lock(1)
    for _ in range(2):
        for _ in range(3):
            assert starts(lock, 700, 1) == 1
            starts(lock, 60, 0)
            assert lock.state == UNLOCKED
        assert starts(lock, 700, 1) == 0
        assert lock.state == JAMMED
        lock.reset()


def test_a_bolt_that_is_out_in_two_blocks_50_ms_apart_is_out_req_lck_03():
    for ms, state in ((49, LOCKED), (50, UNLOCKED)):
        lock = Lock(1)
        while lock.state != LOCKED:
            lock.tick(10, HELD, True, 1)
        lock.tick(0, HELD, True, 0)
        lock.tick(ms, HELD, True, 0)
        assert lock.state == state


def test_every_second_of_a_sensor_has_a_thousand_milliseconds():
    temperature = Temperature()
    for ms in range(1, 2_001):
        temperature.tick(1, 340 if ms == 1_999 else 250)
    temperature.tick(1, 350)
    assert not temperature.is_odd
    temperature.tick(1, 351)
    assert temperature.is_odd, "it was 250 when the second ended"


def test_after_a_block_without_length_a_long_one_still_counts_as_a_short_one():
    for live, is_open, name in ((YES, True, "is_outlet_live"), (NO, False, "is_outlet_dead")):
        machine = Voltage()
        machine.tick_outlet(0, live, not is_open, False)
        limit_ms = 200 if is_open else 1_000
        for _ in range(4):
            machine.tick_outlet(limit_ms // 4, live, is_open, not is_open)
        assert not getattr(machine, name)
        machine.tick_outlet(limit_ms // 4, live, is_open, not is_open)
        assert getattr(machine, name)


def show(line, ms, mv, noise_mv=0):
    line.tick(ms, mv, mv, noise_mv, DRIVE_X1)
    return line.state


def test_after_a_cut_two_blocks_of_what_counts_end_a_doubt_however_short_the_second_req_cp_04():
    for seen, mv in ((C, 6_000), (A, 12_000)):
        line = PilotFilter()
        for _ in range(3):
            show(line, 10, 6_000)
        line.tick(10, 0, 0, 0, DRIVE_OPEN)
        if seen == A:
            line.see_nobody()
        show(line, 30, mv)
        show(line, 1, mv)
        for _ in range(9):
            assert show(line, 10, mv, NOISE_MV) == seen
        assert show(line, 10, mv, NOISE_MV) == INVALID
