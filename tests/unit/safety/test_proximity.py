"""The cable's coding: windows, latching, loss."""

from ampkeeper.firmware.safety.proximity import NO_CABLE, UNREADABLE, Proximity, cable_of


def read(proximity, pp_ohm, ms=100, tick_ms=10, is_plugged=True):
    for _ in range(ms // tick_ms):
        proximity.tick(tick_ms, pp_ohm, is_plugged)
    return proximity


def test_the_resistors_of_the_standard_are_recognised_within_their_tolerance():
    for ohm, expected in ((1_500, 13_000), (680, 20_000), (220, 32_000), (100, 63_000)):
        for percent in (97, 100, 103):
            assert cable_of(ohm * percent // 100) == expected


def test_every_window_ends_at_its_midpoint():
    for ohm, expected in (
        (3_001, NO_CABLE),
        (3_000, 13_000),
        (1_010, 13_000),
        (1_009, 20_000),
        (387, 20_000),
        (386, 32_000),
        (148, 32_000),
        (147, 63_000),
        (75, 63_000),
        (74, UNREADABLE),
        (0, UNREADABLE),
    ):
        assert cable_of(ohm) == expected


def test_five_equal_readings_over_a_tenth_of_a_second_latch_the_cable():
    proximity = read(Proximity(), 220, 90)
    assert proximity.cable_ma == 0
    assert read(proximity, 220, 10).cable_ma == 32_000


def test_four_slow_readings_do_not_latch():
    proximity = read(Proximity(), 220, 200, 50)
    assert proximity.cable_ma == 0
    assert read(proximity, 220, 50, 50).cable_ma == 32_000


def test_an_odd_reading_starts_the_count_again():
    proximity = read(Proximity(), 220, 90)
    read(proximity, 680, 10)
    assert read(proximity, 220, 90).cable_ma == 0


def test_nothing_is_read_without_a_car():
    assert read(Proximity(), 220, 1_000, is_plugged=False).cable_ma == 0


def test_a_short_glitch_does_not_shake_the_latched_cable():
    proximity = read(Proximity(), 220)
    read(proximity, 0, 90)
    read(proximity, 220, 100)
    assert not proximity.is_faulty
    assert proximity.cable_ma == 32_000


def test_loss_or_change_of_the_cable_is_a_fault_until_unplugged():
    for ohm in (1_000_000, 680, 0):
        proximity = read(Proximity(), 220)
        read(proximity, ohm)
        assert proximity.is_faulty
        read(proximity, 220, 1_000)
        assert proximity.is_faulty
        read(proximity, ohm, 10, is_plugged=False)
        assert not proximity.is_faulty
        assert proximity.cable_ma == 0


def test_req_pp_01_a_flapping_cable_is_a_fault_after_half_a_second():
    for bad in ((0,), (0, 0), (1_000_000, 1_000_000, 1_000_000), (1_000_000, 2)):
        proximity = read(Proximity(), 220)
        for count in range(50):
            assert not proximity.is_faulty, bad
            seen = list(bad)  # no star in a tuple on MicroPython
            seen.append(220)
            proximity.tick(10, seen[count % len(seen)], True)
        assert proximity.is_faulty, bad


def test_a_cable_that_is_read_wrong_now_and_then_is_none_the_worse():
    proximity = read(Proximity(), 220)
    for _ in range(100):
        read(proximity, 0, 10)
        read(proximity, 220, 50)
    assert not proximity.is_faulty


def test_a_car_without_a_readable_cable_is_a_fault_after_half_a_second():
    for ohm in (1_000_000, 30):
        proximity = read(Proximity(), ohm, 490)
        assert not proximity.is_faulty
        read(proximity, ohm, 10)
        assert proximity.is_faulty
        assert read(proximity, 220, 1_000).cable_ma == 0
