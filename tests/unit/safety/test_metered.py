"""Readings of the station's meter grow old; the board's own win."""

from ampkeeper.firmware.safety.metered import Metered
from ampkeeper.firmware.safety.signals import NO, UNKNOWN, YES, Inputs
from ampkeeper.firmware.safety.units import CURRENT_MA_MAX

VOLTS = (230_000, 231_000, 232_000)
NONE = [UNKNOWN, UNKNOWN, UNKNOWN]


def wait(machine, ms, inputs=None, phases=3):
    made = inputs or Inputs()
    for _ in range(ms // 10):
        machine.tick(10, made, phases)
    return machine


def test_the_stations_values_are_used_as_long_as_they_are_fresh():
    machine = Metered()
    machine.take(1_000, 2_000, 3_000, *VOLTS)
    wait(machine, 4_990)
    assert machine.currents_ma == [1_000, 2_000, 3_000]
    assert machine.voltages_mv == list(VOLTS)
    assert not machine.is_own
    wait(machine, 10)
    assert machine.currents_ma == NONE
    assert machine.voltages_mv == NONE


def test_a_meter_that_falls_silent_costs_current_and_then_the_charge():
    machine = Metered()
    machine.take(1_000, 2_000, 3_000, *VOLTS)
    wait(machine, 4_990)
    assert machine.limit_ma(YES) == CURRENT_MA_MAX
    wait(machine, 10)
    assert machine.limit_ma(YES) == 6_000
    wait(machine, 9_990)
    assert not machine.is_stale(YES)
    wait(machine, 10)
    assert machine.is_stale(YES)
    wait(machine, 60_000)
    assert machine.is_stale(YES)
    machine.take(1_000, 2_000, 3_000, *VOLTS)
    wait(machine, 10)
    assert not machine.is_stale(YES)
    assert machine.limit_ma(YES) == CURRENT_MA_MAX


def test_where_there_is_no_meter_nothing_is_late():
    machine = wait(Metered(), 60_000)
    assert machine.limit_ma(NO) == CURRENT_MA_MAX
    assert not machine.is_stale(NO)


def test_at_start_nothing_is_known_but_nothing_is_late():
    machine = Metered()
    assert machine.limit_ma(YES) == 6_000
    wait(machine, 9_990)
    assert not machine.is_stale(YES)
    assert wait(machine, 10).is_stale(YES)


def test_an_order_without_a_current_is_none():
    machine = Metered()
    machine.take(UNKNOWN, UNKNOWN, UNKNOWN, *VOLTS)
    assert machine.limit_ma(YES) == 6_000
    assert wait(machine, 10).limit_ma(YES) == 6_000


def test_an_order_that_leaves_out_a_phase_in_use_is_late():
    for currents_ma, phases, is_enough in (
        ((0, 0, 0), 3, True),
        ((0, -1, -1), 1, True),
        ((-1, 0, 0), 3, False),
        ((0, -1, 0), 3, False),
        ((0, 0, -1), 3, False),
        ((-1, 0, 0), 1, False),
    ):
        machine = Metered()
        for _ in range(20):
            machine.take(*currents_ma, *VOLTS)
            wait(machine, 1_000, phases=phases)
        assert machine.limit_ma(YES) == (CURRENT_MA_MAX if is_enough else 6_000), currents_ma
        assert machine.is_stale(YES) != is_enough


def test_an_own_reading_of_one_phase_does_not_hide_the_meters_of_the_others():
    inputs = Inputs()
    inputs.current_l1_ma = 7_000
    machine = Metered()
    machine.take(1_000, 2_000, 3_000, *VOLTS)
    wait(machine, 4_990, inputs)
    assert machine.currents_ma == [7_000, 2_000, 3_000]
    assert machine.limit_ma(YES) == CURRENT_MA_MAX
    assert not machine.is_own
    wait(machine, 10, inputs)
    assert machine.currents_ma == [7_000, UNKNOWN, UNKNOWN]
    assert machine.limit_ma(YES) == 6_000
    assert machine.is_own
    assert wait(machine, 10, inputs, phases=1).limit_ma(YES) == CURRENT_MA_MAX


def test_only_a_value_that_changes_has_moved():
    machine = Metered()
    assert machine.has_moved is False
    for currents_ma, has_moved in (
        ((12_000, 5, 7), False),
        ((12_000, 5, 7), False),
        ((UNKNOWN, 5, 7), False),
        ((12_000, 5, 7), False),
        ((12_001, 5, 7), True),
        ((12_001, 6, 7), True),
        ((12_001, 6, 8), True),
    ):
        machine.has_moved = False
        machine.take(*currents_ma, *VOLTS)
        wait(machine, 6_000)
        assert machine.has_moved == has_moved, currents_ma


def test_the_boards_own_current_wins_and_needs_no_meter():
    inputs = Inputs()
    inputs.current_l1_ma = inputs.current_l2_ma = inputs.current_l3_ma = 7_000
    machine = Metered()
    machine.take(1_000, 2_000, 3_000, *VOLTS)
    wait(machine, 60_000, inputs)
    assert machine.currents_ma == [7_000, 7_000, 7_000]
    assert machine.is_own
    assert not machine.is_stale(YES)
    assert machine.limit_ma(YES) == CURRENT_MA_MAX


def test_the_boards_own_voltage_wins():
    inputs = Inputs()
    inputs.voltage_l1_mv = 111_000
    machine = Metered()
    machine.take(1_000, 2_000, 3_000, *VOLTS)
    wait(machine, 10, inputs)
    assert machine.voltages_mv == [111_000, 231_000, 232_000]
    assert machine.currents_ma == [1_000, 2_000, 3_000]
    assert not machine.is_own


def test_a_meter_that_adds_nothing_leaves_the_currents_the_boards_own():
    inputs = Inputs()
    inputs.current_l1_ma = 7_000
    machine = Metered()
    machine.take(1_000, UNKNOWN, UNKNOWN, *VOLTS)
    wait(machine, 10, inputs)
    assert machine.currents_ma == [7_000, UNKNOWN, UNKNOWN]
    assert machine.is_own


def test_every_own_reading_has_its_place():
    inputs = Inputs()
    inputs.current_l1_ma = 1
    inputs.current_l2_ma = 2
    inputs.current_l3_ma = 3
    inputs.voltage_l1_mv = 4
    inputs.voltage_l2_mv = 5
    inputs.voltage_l3_mv = 6
    machine = wait(Metered(), 10, inputs)
    assert machine.currents_ma == [1, 2, 3]
    assert machine.voltages_mv == [4, 5, 6]


def test_the_highest_current_of_a_phase():
    machine = Metered()
    assert machine.highest_ma() == UNKNOWN
    for currents_ma in ((9, 2, UNKNOWN), (UNKNOWN, 9, 2), (2, UNKNOWN, 9)):
        machine.take(*currents_ma, *VOLTS)
        assert wait(machine, 10).highest_ma() == 9


def test_age_counts_from_the_order_and_from_the_boards_own_reading():
    machine = Metered()
    machine.take(0, 0, 0, *VOLTS)
    machine.tick(4_999, Inputs(), 3)
    assert machine.limit_ma(YES) == CURRENT_MA_MAX
    inputs = Inputs()
    inputs.current_l1_ma = 0
    machine.tick(10, inputs, 1)
    assert machine.age_ms == 0
    assert Metered().is_own is False
