"""The residual-current monitor's own test. REQ-RCD-03."""

from monitor_rig import Monitor

from ampkeeper.firmware.safety import leakage as lk
from ampkeeper.firmware.safety.signals import UNKNOWN

DAY_MS = 86_400_000


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
