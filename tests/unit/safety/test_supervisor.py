"""A charge from plug to unplug: permits, cables, bolts, phases, settings."""

from safety_rig import LEVEL_B, LEVEL_C, LEVEL_D, Rig, settings

from ampkeeper.firmware.safety import books, contactor, limit, lock
from ampkeeper.firmware.safety import sequence as seq
from ampkeeper.firmware.safety.duty import duty_of
from ampkeeper.firmware.safety.permit import IN_SERVICE
from ampkeeper.firmware.safety.ranges import are_valid
from ampkeeper.firmware.safety.signals import DUTY_X1
from ampkeeper.firmware.safety.supervisor import Supervisor


def test_a_whole_charge_goes_through_every_state_in_order():
    rig = Rig()
    states = []
    rig.allow(16_000)
    for at_ms, level in ((0, LEVEL_B), (1_500, LEVEL_C), (3_000, LEVEL_B)):
        rig.at(at_ms + 100, level)
    rig.inputs.pp_ohm = 220
    for _ in range(500):
        rig.step(10)
        if not states or states[-1] != rig.out.sequence:
            states.append(rig.out.sequence)
    assert states == [seq.IDLE, seq.CONNECTED, seq.OFFERED, seq.CHARGING, seq.OFFERED]
    rig.unplug()
    rig.run(1_000)
    assert rig.out.sequence == seq.IDLE
    assert rig.out.lock == lock.UNLOCKED
    assert rig.out.stop_count == 1
    assert rig.out.closing_count == 1
    assert rig.faults() == []


def test_nothing_is_offered_without_a_permit():
    rig = Rig()
    rig.plug(level_mv=LEVEL_C)
    rig.run(5_000)
    assert rig.out.sequence == seq.CONNECTED
    assert rig.out.duty_ticks == DUTY_X1
    assert rig.out.limited_by == limit.BY_PERMIT


def test_nothing_is_offered_out_of_service():
    rig = Rig()
    rig.host_flags = 0
    rig.allow(16_000)
    rig.plug()
    rig.run(5_000)
    assert rig.out.sequence == seq.CONNECTED


def test_a_permit_below_six_amperes_stops_a_charge():
    rig = Rig()
    rig.charge()
    rig.allow(5_000)
    rig.run(100)
    assert rig.out.sequence == seq.STOPPING


def test_a_simplified_car_that_comes_in_c_is_charged_too():
    rig = Rig()
    rig.allow(16_000)
    rig.plug(level_mv=LEVEL_C)
    rig.run(3_000)
    assert rig.out.sequence == seq.CHARGING


def test_a_car_that_stays_in_c_after_a_stop_is_charged_again_when_allowed():
    rig = Rig()
    rig.charge()
    rig.allow(0)
    rig.run(7_000)
    assert rig.out.under_load_count == 1
    rig.allow(16_000)
    rig.run(11_000)
    assert rig.out.sequence == seq.CHARGING


def test_a_permit_back_in_stopping_after_the_car_left_c_opens_all_the_same():
    rig = Rig()
    rig.charge()
    rig.allow(0)
    rig.run(500)
    rig.level_mv = LEVEL_B
    rig.run(50)
    rig.allow(16_000)
    rig.run(1_000)
    assert rig.out.coil == 0
    assert rig.out.sequence == seq.OFFERED


def test_unplugged_while_stopping_the_reason_is_the_unplugging():
    rig = Rig()
    rig.charge()
    rig.allow(0)
    rig.run(500)
    rig.unplug()
    rig.run(100)
    assert rig.out.stop_reason == books.UNPLUGGED
    assert rig.out.stop_count == 1


def test_a_car_may_ask_for_ventilation_where_there_is_some():
    rig = Rig(has_ventilation=1)
    rig.allow(16_000)
    rig.plug()
    rig.run(1_500)
    rig.level_mv = LEVEL_D
    rig.run(2_000)
    assert rig.out.sequence == seq.CHARGING


def test_a_simplified_car_may_come_in_d():
    rig = Rig(has_ventilation=1)
    rig.allow(16_000)
    rig.plug(level_mv=LEVEL_D)
    rig.run(3_000)
    assert rig.out.sequence == seq.CHARGING


def test_the_duty_carries_the_smallest_limit_and_the_report_names_its_owner():
    rig = Rig()
    rig.charge(32_000)
    assert rig.out.duty_ticks == duty_of(32_000)
    rig = Rig()
    rig.allow(32_000)
    rig.plug(pp_ohm=680)
    rig.run(1_500)
    assert rig.out.duty_ticks == duty_of(20_000)
    assert rig.out.limited_by == limit.BY_CABLE
    assert rig.out.cable_ma == 20_000


def test_heat_takes_current_at_once_and_gives_it_back_slowly():
    rig = Rig()
    rig.charge(32_000)
    rig.inputs.temperature_dc = rig.inputs.plug_temperature_dc = 660
    rig.run(1_020)
    assert rig.out.duty_ticks == duty_of(16_000)
    assert rig.out.limited_by == limit.BY_TEMPERATURE
    rig.inputs.temperature_dc = rig.inputs.plug_temperature_dc = 600
    rig.run(1_500)
    assert rig.out.duty_ticks == duty_of(16_000)
    rig.run(5_000)
    assert rig.out.duty_ticks == duty_of(32_000)


# -- the bolt


def test_pwm_waits_for_the_bolt():
    rig = Rig()
    rig.is_bolt_jammed = True
    rig.allow(16_000)
    rig.plug(level_mv=LEVEL_C)
    rig.run(4_000)
    assert rig.out.lock == lock.LOCKING
    assert rig.out.duty_ticks == DUTY_X1


def test_a_captive_cable_needs_neither_bolt_nor_coding():
    rig = Rig(is_socket=0)
    rig.allow(16_000)
    rig.plug(pp_ohm=1_000_000, level_mv=LEVEL_C)
    rig.run(1_000)
    assert rig.out.sequence == seq.CHARGING
    assert rig.out.lock == lock.NO_LOCK
    assert rig.out.cable_ma == 0


def test_without_any_wish_the_plug_stays_free():
    rig = Rig()
    rig.host_flags = IN_SERVICE
    rig.allow(0)
    rig.plug()
    rig.run(3_000)
    assert rig.out.lock == lock.UNLOCKED


def test_the_station_may_hold_the_plug_without_offering():
    rig = Rig()
    rig.allow(0)
    rig.plug()
    rig.run(3_000)
    assert rig.out.lock == lock.LOCKED
    rig.host_flags = IN_SERVICE
    rig.allow(0)
    rig.run(1_000)
    assert rig.out.lock == lock.UNLOCKED


def test_after_the_host_died_the_driver_gets_the_cable_back():
    rig = Rig()
    rig.charge()
    rig.is_host_alive = False
    rig.run(8_000)
    assert (rig.out.coil, rig.out.lock) == (0, lock.LOCKED)
    rig.run(55_000)
    assert rig.out.lock == lock.UNLOCKED


def test_the_plug_is_held_as_long_as_the_contactor_may_be_closed():
    rig = Rig()
    rig.charge()
    rig.is_welded = True
    rig.unplug()
    rig.run(20_000)
    assert rig.out.contactor == contactor.WELDED
    assert rig.out.lock == lock.LOCKED


# -- phases


def test_the_phase_relay_follows_the_permit_before_the_first_close():
    for phases in (1, 3):
        rig = Rig()
        rig.allow(16_000, phases)
        rig.plug(level_mv=LEVEL_C)
        rig.run(3_000)
        assert rig.out.sequence == seq.CHARGING
        assert rig.out.phases == phases


def test_a_single_phase_board_never_drives_three():
    rig = Rig(phases=1)
    rig.charge()
    assert rig.out.phases == 1


def test_settings_out_of_range_are_refused():
    for name, value in (
        ("max_ma", 5_999),
        ("max_ma", 80_001),
        ("phases", 2),
        ("phases", 0),
        ("permit_ms", 999),
        ("ready_ms", 299),
        ("stop_ms", 5_999),
        ("reclose_ms", 9_999),
        ("pwm_gap_ms", 4_999),
        ("pilot_f_ms", -1),
        ("is_socket", 2),
    ):
        made = settings(**{name: value})
        assert not are_valid(made), name
        assert not Rig().supervisor.apply(made)
        try:
            Supervisor(made)
        except AssertionError:
            continue
        raise AssertionError(name)


def test_new_settings_are_taken_in_idle_only():
    rig = Rig()
    rig.run(100)
    rig.plug()
    rig.run(100)
    assert not rig.supervisor.apply(settings(max_ma=10_000))
    rig.unplug()
    rig.run(100)
    assert rig.supervisor.apply(settings(max_ma=10_000, permit_ms=1_000, is_socket=0))
    rig.charge()
    assert rig.out.limit_ma == 10_000
    assert rig.out.lock == lock.NO_LOCK
    rig.grant()
    rig.is_host_alive = False
    rig.run(1_010)
    assert rig.out.sequence == seq.STOPPING
