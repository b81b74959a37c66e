"""To the quarter of a millisecond: what comes and goes is counted from nothing, and no sooner."""

from safety_rig import a_quarter_less

from ampkeeper.firmware.safety.contactor import CLOSED, OPEN, OPENING, WELDED, Contactor
from ampkeeper.firmware.safety.lock import HELD, LOCKED, UNLOCKED, Lock
from ampkeeper.firmware.safety.temperature import COOL, HALF, QUARTER, Temperature

BROKEN_DC = 30_000  # of a sensor that is open


def test_a_weld_counts_from_nothing_at_power_up_req_cnt_01():
    contactor = Contactor()
    a_quarter_less(contactor.tick, 200, 1, 0)
    assert contactor.state == OPEN
    contactor.tick(1, 1)
    assert contactor.state == WELDED


def closed():
    contactor = Contactor()
    for _ in range(5):
        contactor.tick(10, 0)
    contactor.command(1)
    while contactor.state != CLOSED:  # no tick more, which would take back a quarter
        contactor.tick(10, 1)
    return contactor


def test_a_mirror_that_flaps_counts_from_nothing_after_each_closing_req_cnt_02():
    for first_ms, state in ((9, CLOSED), (8, OPENING)):  # 319 quarters of 320, and all
        contactor = closed()
        for good_ms in (first_ms, 9, 9, 9, 9, 9, 9, 9, 9):
            contactor.tick(10, 0)
            contactor.tick(good_ms, 1)
            assert contactor.state == CLOSED
        contactor.tick(10, 0)
        assert contactor.state == state


def test_a_bolt_that_flaps_counts_from_nothing_when_it_is_in_req_lck_03():
    for first_ms, state in ((9, LOCKED), (8, UNLOCKED)):  # 199 quarters of 200, and all
        lock = Lock(1)
        for _ in range(10):
            lock.tick(10, HELD, True, 0)
        while lock.state != LOCKED:
            lock.tick(10, HELD, True, 1)
        for good_ms in (first_ms, 8, 8, 8, 8):
            lock.tick(10, HELD, True, 0)
            lock.tick(good_ms, HELD, True, 1)
            assert lock.state == LOCKED
        lock.tick(10, HELD, True, 0)
        assert lock.state == state


def test_heat_counts_from_nothing_at_first_and_after_each_step():
    temperature = Temperature()
    a_quarter_less(temperature.tick, 1_000, 650, 640)
    assert temperature.step == COOL
    temperature.tick(1, 650)
    assert temperature.step == HALF
    a_quarter_less(temperature.tick, 1_000, 685, 675)
    assert temperature.step == HALF
    temperature.tick(1, 685)
    assert temperature.step == QUARTER


def seconds(temperature, first, second, count=1):
    """Let seconds pass; each sensor is odd in these of its hundred blocks."""
    for block in range(100 * count):
        first_dc = BROKEN_DC if block % 100 in first else 250
        second_dc = BROKEN_DC if block % 100 in second else 250
        temperature.tick(10, first_dc, second_dc)
        if temperature.is_sensor_faulty:
            return True
    return False


def test_each_of_two_sensors_has_its_own_second_of_what_is_odd():
    often, once, never = range(5, 35), (50,), ()
    for first, second in ((often, once), (once, often), (often, never), (never, often)):
        assert not seconds(Temperature(), first, second, 3)
        assert seconds(Temperature(), first, second, 4)
        temperature = Temperature()
        for _ in range(4):
            assert not seconds(temperature, first, second, 2)
            assert not seconds(temperature, never, never, 2)


def test_a_sensor_that_was_odd_for_exactly_a_second_is_good_at_once():
    temperature = Temperature()
    for dc, is_faulty in ((250, False), (BROKEN_DC, True), (250, False)):
        for _ in range(100 if dc == BROKEN_DC else 1):
            temperature.tick(10, dc)
        assert temperature.is_sensor_faulty is is_faulty
        assert temperature.is_odd is is_faulty
