"""Small machines to the millisecond: trips that stay, results that age, bolts that wait."""

from monitor_rig import Monitor

from ampkeeper.firmware.safety import fault as f
from ampkeeper.firmware.safety.fault import FaultSet
from ampkeeper.firmware.safety.leakage import CHECKING, DUE, FAILED, INJECTING, PASSED
from ampkeeper.firmware.safety.lock import FREE, HELD, UNLOCKING, Lock
from ampkeeper.firmware.safety.pilot import B, C
from ampkeeper.firmware.safety.proximity import Proximity
from ampkeeper.firmware.safety.signals import NO, REGION_US
from ampkeeper.firmware.safety.temperature import HALF, Temperature
from ampkeeper.firmware.safety.voltage import UNDER_PERCENT, Voltage
from ampkeeper.firmware.safety.wake import Toggle

RETRY_MS = 900_000
DAY_MS = 86_400_000


# -- the monitor, to the millisecond


def test_the_monitors_lines_must_be_clear_for_100_ms_from_the_very_start():
    monitor = Monitor()
    assert monitor.run(99, 1).state == CHECKING
    assert monitor.run(1, 1).state == INJECTING


def test_a_result_is_a_day_old_after_a_day():
    monitor = Monitor()
    monitor.to(PASSED)
    monitor.run(DAY_MS - 1, DAY_MS - 1)
    assert monitor.machine.state == PASSED
    assert monitor.run(1, 1).state == DUE


def test_in_the_us_a_trip_within_ten_seconds_of_closing_stays():
    for after_ms, goes in ((10_000, False), (10_001, True)):
        monitor = Monitor(has_test=0, region=REGION_US)
        monitor.switch(1)
        monitor.run(9_000, 1_000)
        monitor.run(after_ms - 9_001, 1)
        monitor.ac = 1
        assert monitor.run(1, 1).is_ac
        monitor.ac = 0
        monitor.switch(0)
        monitor.run(RETRY_MS - 1, RETRY_MS - 1)
        assert not monitor.machine.retry_now
        assert monitor.run(1, 1).retry_now == goes


def test_after_a_failed_injection_a_trip_counts_again_once_the_time_to_clear_is_over():
    monitor = Monitor()
    monitor.dc_after_ms = 1_000_000
    monitor.to(FAILED)
    monitor.run(1_000)
    while monitor.machine.is_ac or monitor._rest_ms < 1_100:
        monitor.run(1, 1)
    monitor.ac = 1
    assert monitor.run(1, 1).is_ac


# -- small machines, to the millisecond


def test_a_loss_of_earth_that_was_put_back_stays_and_one_that_was_not_goes():
    for restored, stays in ((0, False), (1 << f.PE_LOST, True)):
        faults = FaultSet()
        faults.restore(restored)
        faults.judge(f.PE_LOST, True, False, 10)
        faults.judge(f.PE_LOST, False, True, 20_000)
        assert faults.is_raised(f.PE_LOST) == stays


def test_a_lock_waits_five_seconds_for_its_energy_from_the_first_block_on():
    bolt = Lock(1)
    bolt.tick(4_999, HELD, False, NO, False)
    assert not bolt.is_uncharged
    bolt.tick(1, HELD, False, NO, False)
    assert bolt.is_uncharged


def test_a_lock_that_is_told_nothing_of_a_plug_takes_it_for_one_that_is_in():
    bolt = Lock(1)
    tries = 0
    for _ in range(4_000):
        before = bolt.drive
        bolt.tick(10, FREE, True, NO)
        tries += bolt.drive != before and bolt.state == UNLOCKING and bolt.drive != 0
    assert tries == 3


def test_a_cable_that_flickers_from_its_first_reading_on_is_lost_after_half_a_second():
    proximity = Proximity()
    while proximity.cable_ma == 0:
        proximity.tick(1, 220, True)
    for ms in range(1, 500):
        proximity.tick(1, (220, 680)[ms % 2], True)
        assert not proximity.is_faulty
    proximity.tick(1, 220, True)
    assert proximity.is_faulty


def test_a_call_of_the_car_is_200_to_400_ms_long():
    for pulse_ms, count in ((199, 0), (200, 1), (400, 1), (401, 0)):
        toggle = Toggle()
        toggle.tick(1, B)
        for _ in range(pulse_ms):
            toggle.tick(1, C)
        toggle.tick(1, B)
        assert toggle.count == count


def test_heat_leaves_whole_milliamperes():
    heat = Temperature()
    heat.step = HALF
    assert heat.limit_ma(16_001) == 8_000


def test_a_percent_of_an_odd_nominal_voltage_is_whole_millivolts():
    for below_mv, is_under in ((0, False), (1, True)):
        voltage = Voltage()
        mvs = [2_300 * UNDER_PERCENT - below_mv, -1, -1]
        for _ in range(100):
            voltage.tick(100, mvs, 230_099, 1)
        assert voltage.is_under == is_under
