"""The board's loop charges a car, and lets go of it, on the fake chip."""

import pytest
from board_rig import Rig
from fake_rp2040 import WatchdogBit

from ampkeeper.board.pilot_rp2040 import wiring as w
from ampkeeper.firmware.safety import fault
from ampkeeper.hal.micro.coil import HOLD, PERIOD


def faults_of(rig):
    return rig.ring.supervisor.faults.bitmap()


def test_a_car_is_charged_from_plug_to_unplug():
    rig = Rig()
    rig.charge(16_000)
    assert rig.world.is_contactor_made
    assert rig.inputs.mirror == 1
    assert rig.inputs.lock_closed == 1
    assert rig.status["coil"] == 1
    assert rig.board.pwm.ticks == 16_666 or rig.board.pwm.ticks == 16_667
    assert rig.status["cable_ma"] == 32_000
    assert faults_of(rig) == 0
    rig.world.set_state("A")
    rig.run(500)
    assert rig.coil == 0
    assert rig.board.pwm.ticks == 62_500
    assert not rig.world.is_contactor_made


def test_nothing_closes_without_a_permit():
    rig = Rig()
    rig.run(300)
    rig.plug("C")
    rig.run(4_000)
    assert rig.coil == 0
    assert rig.board.pwm.ticks == 62_500


def test_unplugging_at_any_moment_of_a_turn_opens_within_50_ms():
    rig = Rig()
    rig.charge()
    worst_ms = 0
    for offset_us in range(0, 10_000, 1_700):
        rig.chip.pass_ns(offset_us * 1_000)
        begin_ns = rig.chip.now_ns
        rig.world.set_state("A")
        rig.run_until(lambda: rig.coil == 0, 100)
        worst_ms = max(worst_ms, (rig.chip.now_ns - begin_ns) / 1_000_000)
        rig.run(10_500)  # the least between two closings
        rig.charge()
    print("worst", worst_ms, "ms")
    assert worst_ms <= 50  # REQ-CP-02


def test_a_lost_permit_ends_the_charge_and_a_car_that_ignores_it_is_cut_at_6_s():
    rig = Rig()
    rig.charge()
    rig.is_station_alive = False
    took_ms = rig.run_until(lambda: rig.board.pwm.ticks == 62_500, 2_600)
    assert took_ms >= 1_000
    took_ms = rig.run_until(lambda: rig.coil == 0, 6_200)
    assert took_ms >= 5_900


def test_the_coil_is_pulled_in_for_100_ms_and_then_held():
    rig = Rig()
    rig.permit_ma = 16_000
    rig.run(300)
    rig.plug("B")
    rig.run_until(lambda: 0 < rig.board.pwm.ticks < 62_500, 6_000)
    rig.world.set_state("C")
    rig.run_until(lambda: rig.coil > 0, 3_000)
    assert rig.coil == 1
    rig.run(90)
    assert rig.coil == 1
    rig.run(30)
    assert rig.coil == HOLD / PERIOD


def test_garbage_is_collected_only_with_the_coil_off_and_ctrl_c_counts_only_then():
    rig = Rig()
    rig.charge()
    rig.run(3_000)
    assert rig.host.interrupt_keys == [-1]
    before = len(rig.host.collections)
    assert before > 0
    rig.run(3_000)
    assert len(rig.host.collections) == before
    rig.world.set_state("A")
    rig.run(2_500)
    assert rig.host.interrupt_keys == [-1, 3]
    assert len(rig.host.collections) > before
    assert set(rig.host.collections) == {0}


def test_the_lock_motor_is_driven_one_way_at_a_time_and_rests():
    rig = Rig()
    rig.permit_ma = 16_000
    rig.run(300)
    rig.plug("B")
    seen = set()
    for _ in range(200):
        rig.run(10)
        seen.add((rig.chip.pins[6].out, rig.chip.pins[7].out))
    assert (1, 0) in seen
    assert (1, 1) not in seen
    rig.world.set_state("A")
    seen.clear()
    for _ in range(200):
        rig.run(10)
        seen.add((rig.chip.pins[6].out, rig.chip.pins[7].out))
    assert seen == {(0, 0), (0, 1)}


def test_a_pulse_of_the_residual_current_monitor_drops_the_coil_though_the_loop_hangs():
    rig = Rig()
    rig.charge()
    assert rig.coil > 0
    rig.chip.drive(14, 1)  # nobody turns the loop
    assert rig.coil == 0
    rig.chip.drive(14, 0)  # over before anybody looked
    rig.run(20)
    assert rig.coil == 0
    assert faults_of(rig) & 1 << fault.RCD_DC
    rig.run(5_000)
    assert rig.coil == 0


def closing():
    """A rig whose coil was driven in the last turn."""
    rig = Rig()
    rig.permit_ma = 16_000
    rig.run(300)
    rig.plug("B")
    rig.run_until(lambda: 0 < rig.board.pwm.ticks < 62_500, 6_000)
    rig.world.set_state("C")
    rig.run_until(lambda: rig.coil > 0, 3_000)
    return rig


@pytest.mark.parametrize("line", [w.RCD_AC, w.RCD_DC])
def test_interference_on_the_monitors_line_as_the_contactor_closes_is_none_req_rcd_05(line):
    rig = closing()
    rig.chip.drive(line, 1)
    rig.chip.drive(line, 0)
    assert rig.coil == 0
    rig.loop.turn()
    assert rig.coil == 1, "driven again, at full current"
    rig.run(3_000)
    assert faults_of(rig) == 0, "nor is the contactor stuck that was not let close"
    assert rig.coil > 0


@pytest.mark.parametrize("line", [w.RCD_AC, w.RCD_DC])
def test_a_trip_that_stays_as_the_contactor_closes_keeps_the_pin_low_all_the_while(line):
    rig = closing()
    rig.chip.drive(line, 1)
    for _ in range(300):
        assert rig.coil == 0
        rig.loop.turn()
    code = fault.RCD_AC if line == w.RCD_AC else fault.RCD_DC
    assert faults_of(rig) == 1 << code


def test_a_trip_while_the_coil_is_being_driven_is_not_undone():
    rig = Rig()
    rig.charge()
    rig.board.coil.release()
    write = rig.chip.write

    def trip_at_once(address, value):
        write(address, value)
        if address == rig.board.coil._ctrl and value == 4:
            rig.board.coil.trip(None)

    rig.chip.write = trip_at_once
    rig.board.coil.drive(10, 1)
    assert rig.coil == 0
    rig.board.coil.drive(10, 1)
    assert rig.coil == 0


def test_a_hanging_loop_is_reset_within_250_ms():
    rig = Rig()
    rig.charge()
    rig.chip.pass_ns(240_000_000)
    with pytest.raises(WatchdogBit):
        rig.chip.pass_ns(11_000_000)


def test_the_watchdog_is_fed_only_when_every_step_was_run_in_order():
    for name in ("_wait", "_sense", "_hear", "_decide", "_drive", "_speak", "_prepare"):
        rig = Rig()
        rig.run(50)
        feeds, kicks = rig.chip.wdt.feeds, rig.chip.kicks
        rig.run(50)
        assert rig.chip.wdt.feeds > feeds
        assert rig.chip.kicks > kicks
        setattr(rig.loop, name, lambda *_: 10)
        feeds, kicks = rig.chip.wdt.feeds, rig.chip.kicks
        rig.loop.turn()
        assert (rig.chip.wdt.feeds, rig.chip.kicks) == (feeds, kicks), name
