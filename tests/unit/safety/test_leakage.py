"""Residual current: trips, the regions' rules, and the monitor's own test. REQ-RCD-01 to 05."""

from ampkeeper.firmware.safety import leakage as lk
from ampkeeper.firmware.safety.leakage import Leakage
from ampkeeper.firmware.safety.protection import Context
from ampkeeper.firmware.safety.signals import REGION_US, UNKNOWN, Settings

DAY_MS = 86_400_000
RETRY_MS = 900_000


class Monitor:
    """A monitor that answers its test input after a time, and a Leakage that watches it."""

    def __init__(self, has_test=1, region=0):
        self.machine = Leakage()
        self.context = Context()
        self.context.is_testable = True
        self.settings = Settings()
        self.settings.has_rcd_test = has_test
        self.settings.region = region
        self.ac_after_ms = 50
        self.dc_after_ms = 300
        self.clear_after_ms = 200
        self.ac = self.dc = 0  # real leakage
        self._input_ms = 0
        self._rest_ms = 100_000

    def run(self, ms, step_ms=10):
        for _ in range(ms // step_ms):
            if self.machine.test_input:
                self._input_ms += step_ms
                self._rest_ms = 0
            else:
                self._rest_ms += step_ms
                if self._rest_ms >= self.clear_after_ms:
                    self._input_ms = 0
            ac = int(self._input_ms >= self.ac_after_ms) | self.ac
            dc = int(self._input_ms >= self.dc_after_ms) | self.dc
            context = self.context
            context.coil_ms = min(context.coil_ms + step_ms, 1_000_000_000)
            self.machine.tick(step_ms, ac, dc, context, self.settings)
            self.machine.retry_now = self.machine.retry()
            self.was_tripped = self.machine.is_ac or self.machine.is_dc
            self.has_tripped = getattr(self, "has_tripped", False) or self.was_tripped
        return self.machine

    def switch(self, coil):
        self.context.coil = coil
        self.context.coil_ms = 0
        self.context.is_testable = not coil

    def to(self, state, limit_ms=5_000):
        """Run until ``state``; return the ms that took."""
        for ms in range(0, limit_ms, 10):
            if self.machine.state == state:
                return ms
            self.run(10)
        raise AssertionError(self.machine.state)


# -- trips


def test_a_trip_is_seen_in_the_block_that_shows_it_req_rcd_02():
    for name in ("ac", "dc"):
        monitor = Monitor(has_test=0)
        monitor.run(100)
        setattr(monitor, name, 1)
        machine = monitor.run(10)
        assert (machine.is_ac, machine.is_dc) == (name == "ac", name == "dc")
        setattr(monitor, name, 0)
        machine = monitor.run(10)
        assert not machine.is_ac
        assert not machine.is_dc


def test_for_20_ms_after_switching_a_trip_is_interference_req_rcd_05():
    for coil in (0, 1):
        monitor = Monitor(has_test=0)
        monitor.run(1_000)
        monitor.switch(coil)
        monitor.ac = 1
        assert not monitor.run(19, 1).is_ac
        assert monitor.run(1, 1).is_ac


# -- the regions, REQ-RCD-04


def charge_and_trip(monitor, after_ms=20_000):
    """Close, and trip so long after it; the contactor opens."""
    monitor.switch(1)
    monitor.run(after_ms)
    monitor.ac = 1
    monitor.run(10)
    assert monitor.machine.is_ac
    monitor.ac = 0
    monitor.switch(0)


def is_retried(monitor, within_ms):
    """Let time pass in long steps; tell whether the trip went by itself."""
    for _ in range(within_ms // 10_000):
        monitor.run(10_000, 10_000)
        if monitor.machine.retry_now:
            return True
    return False


def test_in_the_eu_a_trip_stays_req_rcd_04():
    monitor = Monitor(has_test=0)
    charge_and_trip(monitor)
    assert not is_retried(monitor, 3 * RETRY_MS)


def test_in_the_us_a_trip_goes_by_itself_after_15_minutes_req_rcd_04():
    monitor = Monitor(has_test=0, region=REGION_US)
    charge_and_trip(monitor)
    monitor.run(RETRY_MS - 10_000, 10_000)
    monitor.run(9_990)
    assert not monitor.machine.retry_now
    monitor.run(10)
    assert monitor.machine.retry_now
    assert monitor.machine.retry_count == 1
    monitor.run(10)
    assert not monitor.machine.retry_now


def test_the_15_minutes_begin_when_the_line_is_clear():
    monitor = Monitor(has_test=0, region=REGION_US)
    charge_and_trip(monitor)
    monitor.dc = 1
    assert not is_retried(monitor, 2 * RETRY_MS)
    monitor.dc = 0
    assert not is_retried(monitor, RETRY_MS - 10_000)
    assert is_retried(monitor, 10_000)


def test_in_the_us_the_fifth_trip_stays():
    monitor = Monitor(has_test=0, region=REGION_US)
    for count in range(1, 5):
        charge_and_trip(monitor)
        assert is_retried(monitor, RETRY_MS)
        assert monitor.machine.retry_count == count
    charge_and_trip(monitor)
    assert not is_retried(monitor, DAY_MS // 2)
    monitor.machine.forgive()
    assert monitor.machine.retry_count == 0
    charge_and_trip(monitor)
    assert is_retried(monitor, RETRY_MS)


def test_in_the_us_a_trip_within_10_s_of_closing_stays():
    for after_ms, goes in ((9_990, False), (10_000, True)):
        monitor = Monitor(has_test=0, region=REGION_US)
        charge_and_trip(monitor, after_ms)  # the trip shows one block later
        assert is_retried(monitor, 2 * RETRY_MS) == goes


def test_a_trip_that_must_stay_does_although_another_follows_it():
    monitor = Monitor(has_test=0, region=REGION_US)
    charge_and_trip(monitor, 1_000)
    monitor.run(1_000)
    monitor.dc = 1
    monitor.run(10)
    monitor.dc = 0
    assert not is_retried(monitor, 3 * RETRY_MS)


def test_a_person_makes_an_early_trip_forgotten():
    monitor = Monitor(has_test=0, region=REGION_US)
    charge_and_trip(monitor, 1_000)
    monitor.machine.forgive()
    assert not is_retried(monitor, 2 * RETRY_MS)
    charge_and_trip(monitor)
    assert is_retried(monitor, RETRY_MS)


def test_with_the_contactor_open_no_trip_is_early():
    monitor = Monitor(has_test=0, region=REGION_US)
    monitor.switch(0)
    monitor.run(1_000)
    monitor.ac = 1
    monitor.run(10)
    monitor.ac = 0
    assert is_retried(monitor, RETRY_MS)


def test_a_day_without_a_trip_forgets_the_count():
    monitor = Monitor(has_test=0, region=REGION_US)
    charge_and_trip(monitor)
    assert is_retried(monitor, RETRY_MS)
    monitor.run(DAY_MS - RETRY_MS - 10_000, 10_000)
    assert monitor.machine.retry_count == 1
    monitor.run(10_000, 10_000)
    assert monitor.machine.retry_count == 0


# -- the test, REQ-RCD-03


def test_the_monitor_is_tested_at_start_within_two_and_a_half_seconds_req_rcd_03():
    monitor = Monitor()
    assert monitor.machine.state == lk.DUE
    took_ms = monitor.to(lk.PASSED)
    assert took_ms <= 2_500
    assert (monitor.machine.ac_ms, monitor.machine.dc_ms) == (50, 300)
    assert monitor.machine.duration_ms == took_ms - 10
    assert not monitor.has_tripped
    assert monitor.machine.test_input == 0


def test_a_slow_monitor_fails_and_never_takes_longer_req_rcd_03():
    monitor = Monitor()
    monitor.ac_after_ms = monitor.dc_after_ms = 1_200
    monitor.clear_after_ms = 1_000
    assert monitor.to(lk.PASSED) <= 2_500
    for name, ms in (("ac_after_ms", 1_210), ("dc_after_ms", 1_210), ("clear_after_ms", 1_020)):
        monitor = Monitor()
        setattr(monitor, name, ms)
        assert monitor.to(lk.FAILED) <= 2_520
        monitor.run(10_000)
        assert monitor.machine.state == lk.FAILED


def test_the_injection_ends_after_1200_ms():
    monitor = Monitor()
    monitor.dc_after_ms = 100_000
    monitor.to(lk.INJECTING)
    monitor.run(1_190)
    assert monitor.machine.test_input == 1
    monitor.run(10)
    assert monitor.machine.test_input == 0
    assert monitor.machine.state == lk.FAILED
    assert (monitor.machine.ac_ms, monitor.machine.dc_ms) == (50, UNKNOWN)


def test_branches_need_not_trip_at_the_same_time():
    monitor = Monitor()
    monitor.to(lk.INJECTING)
    monitor.ac_after_ms = monitor.dc_after_ms = 100_000
    monitor.ac = 1
    monitor.run(10)
    monitor.ac = 0
    monitor.run(500)
    assert monitor.machine.state == lk.INJECTING
    monitor.dc = 1
    monitor.run(10)
    assert monitor.machine.state == lk.RELEASING
    assert (monitor.machine.ac_ms, monitor.machine.dc_ms) == (10, 520)


def test_lines_that_are_not_clear_before_the_test_fail_it():
    monitor = Monitor()
    monitor.ac = 1
    monitor.to(lk.CHECKING)
    monitor.run(190)
    assert monitor.machine.state == lk.CHECKING
    monitor.run(10)
    assert monitor.machine.state == lk.FAILED
    assert monitor.machine.is_ac


def test_the_lines_must_be_clear_for_100_ms_before_and_after():
    monitor = Monitor()
    monitor.ac = 1
    monitor.run(10)
    monitor.ac = 0
    assert monitor.to(lk.INJECTING) == 100
    monitor = Monitor()
    monitor.to(lk.RELEASING)
    released_ms = monitor.to(lk.PASSED)
    assert released_ms == 200 + 90


def test_a_trip_that_stays_after_the_test_is_a_failed_test_and_no_leakage():
    monitor = Monitor()
    monitor.clear_after_ms = 10_000_000
    monitor.to(lk.FAILED)
    monitor.run(60_000)
    assert not monitor.has_tripped
    assert monitor.machine.state == lk.FAILED


def test_a_trip_that_comes_late_is_still_the_tests():
    monitor = Monitor()
    monitor.ac_after_ms = monitor.dc_after_ms = 100_000
    monitor.to(lk.FAILED)
    monitor.run(1_000)
    monitor.ac = 1
    monitor.run(100)
    monitor.ac = 0
    monitor.run(90)
    assert not monitor.has_tripped
    monitor.run(10)
    monitor.ac = 1
    assert monitor.run(10).is_ac


def test_the_lines_count_again_when_the_test_has_passed():
    monitor = Monitor()
    monitor.to(lk.PASSED)
    monitor.dc = 1
    assert monitor.run(10).is_dc


def test_a_driven_coil_ends_all_patience():
    monitor = Monitor()
    monitor.clear_after_ms = 10_000_000
    monitor.to(lk.FAILED)
    monitor.context.coil = 1
    monitor.run(10)
    assert monitor.run(10).is_ac


def test_no_test_runs_unless_all_is_open_and_quiet():
    monitor = Monitor()
    monitor.context.is_testable = False
    monitor.run(10_000)
    assert monitor.machine.state == lk.DUE
    assert monitor.machine.test_input == 0


def test_a_test_that_may_not_go_on_waits_unless_it_has_injected():
    monitor = Monitor()
    monitor.ac = 1
    monitor.to(lk.CHECKING)
    monitor.context.is_testable = False
    monitor.run(10)
    assert monitor.machine.state == lk.DUE
    monitor = Monitor()
    monitor.to(lk.INJECTING)
    monitor.context.is_testable = False
    monitor.to(lk.PASSED)


def test_a_monitor_without_a_test_input_is_not_tested():
    monitor = Monitor(has_test=0)
    monitor.run(10_000)
    assert monitor.machine.state == lk.DUE
    assert not monitor.machine.ask(monitor.context, monitor.settings)


def test_the_test_is_due_again_after_each_unplug_req_rcd_03():
    monitor = Monitor()
    monitor.to(lk.PASSED)
    monitor.context.is_plugged = True
    monitor.run(10_000)
    assert monitor.machine.state == lk.PASSED
    monitor.context.is_plugged = False
    monitor.run(10)
    assert monitor.machine.state == lk.DUE
    monitor.to(lk.PASSED)


def test_the_test_is_due_again_when_24_hours_old_req_rcd_03():
    monitor = Monitor()
    monitor.to(lk.PASSED)
    monitor.switch(1)
    monitor.run(DAY_MS - 10_000, 10_000)
    monitor.run(9_990)
    assert monitor.machine.state == lk.PASSED
    monitor.run(10)
    assert monitor.machine.state == lk.DUE
    monitor.run(1_000)
    assert monitor.machine.state == lk.DUE
    monitor.switch(0)
    monitor.to(lk.PASSED)


def test_a_failed_test_is_repeated_after_unplug_and_on_demand_only():
    monitor = Monitor()
    monitor.context.is_plugged = True
    monitor.dc_after_ms = 100_000
    monitor.to(lk.FAILED)
    monitor.dc_after_ms = 100
    monitor.run(60_000)
    assert monitor.machine.state == lk.FAILED
    assert monitor.machine.ask(monitor.context, monitor.settings)
    monitor.to(lk.PASSED)
    monitor = Monitor()
    monitor.context.is_plugged = True
    monitor.dc_after_ms = 100_000
    monitor.to(lk.FAILED)
    monitor.run(1_000)
    monitor.context.is_plugged = False
    monitor.dc_after_ms = 100
    monitor.to(lk.PASSED)


def test_a_test_on_demand_runs_once():
    monitor = Monitor()
    monitor.to(lk.PASSED)
    assert monitor.machine.ask(monitor.context, monitor.settings)
    monitor.run(10)
    assert monitor.machine.state == lk.CHECKING
    assert (monitor.machine.ac_ms, monitor.machine.dc_ms) == (UNKNOWN, UNKNOWN)
    assert monitor.machine.duration_ms == 0
    assert not monitor.machine.ask(monitor.context, monitor.settings)
    monitor.to(lk.PASSED)
    monitor.run(10_000)
    assert monitor.machine.state == lk.PASSED
    monitor.context.is_testable = False
    assert not monitor.machine.ask(monitor.context, monitor.settings)
    monitor.context.is_testable = True
    monitor.run(100)
    assert monitor.machine.state == lk.PASSED
