"""Residual current: trips, and what follows them in each region. REQ-RCD-02, 04, 05."""

from monitor_rig import Monitor

from ampkeeper.firmware.safety.signals import REGION_US

DAY_MS = 86_400_000
RETRY_MS = 900_000


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


def test_a_day_counts_from_power_up_for_trips_of_before():
    monitor = Monitor(has_test=0, region=REGION_US)
    monitor.machine.restore_retries(3)
    assert monitor.run(DAY_MS - 1, DAY_MS - 1).retry_count == 3
    assert monitor.run(1, 1).retry_count == 0


def test_what_follows_a_trip_is_decided_when_it_comes_and_not_again_req_rcd_04():
    for name in ("ac", "dc"):
        monitor = Monitor(has_test=0, region=REGION_US)
        monitor.run(1_000)
        setattr(monitor, name, 1)
        monitor.run(10)
        monitor.settings.region = 0
        monitor.run(10)
        setattr(monitor, name, 0)
        assert is_retried(monitor, RETRY_MS)


def test_as_made_nothing_has_tripped_and_nothing_was_asked_or_timed():
    machine = Monitor().machine
    assert machine.is_ac is machine.is_dc is False
    assert machine.duration_ms == machine.retry_count == 0
    assert not machine.is_running()
    assert not machine.is_expecting()
