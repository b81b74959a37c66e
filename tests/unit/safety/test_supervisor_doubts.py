"""What cannot be trusted opens a whole charge, and what only seems wrong does not latch."""

from safety_rig import LEVEL_A, LEVEL_B, LEVEL_C, Rig

from ampkeeper.firmware.safety import fault as f
from ampkeeper.firmware.safety import sequence as seq
from ampkeeper.firmware.safety.contactor import OPEN
from ampkeeper.firmware.safety.lock import JAMMED
from ampkeeper.firmware.safety.signals import UNKNOWN, YES

SUPPLY_LAG_MS = (0, 30, 100)


class DoubtRig(Rig):
    """A rig in which every so many blocks of the pilot show something else."""

    def __init__(self, **changes):
        super().__init__(**changes)
        self.odd = {}  # input: value
        self.odd_blocks = ()  # of ten
        self.blocks = 0

    def _measure(self, elapsed_ms):
        super()._measure(elapsed_ms)
        self.inputs.cp_noise_mv = 0
        self.blocks += 1
        if self.blocks % 10 in self.odd_blocks:
            for name in self.odd:
                setattr(self.inputs, name, self.odd[name])


def charging(**changes):
    rig = DoubtRig(**changes)
    rig.charge()
    rig.run(700)
    assert rig.faults() == []
    return rig


def test_i1_a_pilot_that_is_good_in_every_second_block_opens():
    for odd in (
        {"cp_noise_mv": 900},
        {"cp_high_mv": 12_000},
        {"cp_high_mv": 9_000},
        {"cp_high_mv": 3_000},
        {"cp_high_mv": 0},
        {"cp_low_mv": -9_000},
    ):
        rig = charging()
        rig.odd, rig.odd_blocks = odd, range(0, 10, 2)
        assert rig.until("coil", 0) <= 130, odd
        assert rig.faults() == [f.PILOT_FAULT], odd


def test_req_cp_05_a_diode_that_is_missing_in_every_second_block_opens_and_has_one_name():
    rig = charging()
    rig.odd, rig.odd_blocks = {"cp_low_mv": -6_000}, range(0, 10, 2)
    assert rig.until("coil", 0) <= 130
    assert rig.faults() == [f.DIODE_FAULT]


def test_req_cp_04_a_pilot_that_is_noisy_in_nine_blocks_of_ten_opens():
    rig = charging()
    rig.odd, rig.odd_blocks = {"cp_noise_mv": 900}, range(9)
    assert rig.until("coil", 0) <= 150
    assert rig.faults() == [f.PILOT_FAULT]


def test_tv_seq_11_one_odd_block_now_and_then_opens_nothing():
    for high_mv in (12_000, 9_000, 3_000, 0, 14_000):
        rig = charging()
        rig.odd, rig.odd_blocks = {"cp_high_mv": high_mv}, (0, 4)
        rig.run(5_000)
        assert rig.out.coil == 1, high_mv
        assert rig.faults() == []


def test_a_late_tick_in_which_the_car_moves_s2_is_no_pilot_fault():
    for late_ms in (90, 110, 150, 250):
        rig = charging()
        rig.level_mv = LEVEL_B
        rig.step(late_ms)
        rig.run(50)
        assert rig.out.coil == 0
        rig.level_mv = LEVEL_C
        rig.step(late_ms)
        rig.run(50)
        assert rig.faults() == []


def test_req_cp_07_steps_down_without_pause_do_not_hide_an_opened_s2():
    rig = charging(is_stepping_down_at_once=YES)
    rig.level_mv = LEVEL_B
    for current_ma in range(15_900, 6_000, -100):
        rig.allow(current_ma)
        rig.run(100)
        if rig.out.coil == 0:
            break
    assert current_ma >= 15_000
    assert rig.faults() == []


def test_req_cp_07_a_car_that_flinches_when_pwm_comes_back_stays_closed():
    rig = charging()
    rig.allow(0)
    rig.until("sequence", seq.STOPPING)
    rig.run(1_000)
    rig.allow(16_000)
    rig.until("sequence", seq.CHARGING)
    rig.level_mv = LEVEL_B
    rig.run(400)
    rig.level_mv = LEVEL_C
    rig.run(1_000)
    assert rig.out.coil == 1
    assert rig.out.sequence == seq.CHARGING


def test_a_dip_of_the_mains_is_no_stuck_contactor():
    for lag_ms in SUPPLY_LAG_MS:
        rig = charging()
        rig.is_stuck = True  # the coil has no power
        rig.run(lag_ms)
        rig.inputs.supply_ok = 0
        rig.run(500)
        assert rig.out.coil == 0
        assert rig.out.contactor == OPEN
        assert rig.faults() == [f.SUPPLY_LOST]
        rig.inputs.supply_ok = 1
        rig.is_stuck = False
        rig.edges = []
        rig.run(60_000)
        assert rig.faults() == [], lag_ms
        assert len(rig.times_of("coil", 1)) == 1


def test_req_cnt_01_a_contactor_without_a_mirror_never_stays_closed():
    rig = charging()
    rig._world = lambda _: setattr(rig.inputs, "mirror", UNKNOWN)
    rig.run(1_000)
    assert rig.out.coil == 0
    assert rig.faults() == [f.CONTACTOR_WELDED]


def test_i7_a_jam_is_over_when_the_plug_is_out_even_while_the_motor_ran():
    rig = DoubtRig()
    rig.is_bolt_jammed = True
    rig.allow(16_000)
    rig.plug()
    rig.until("lock", JAMMED)
    rig.run(100)
    rig.unplug()
    rig.is_bolt_jammed = False
    rig.run(2_000)
    assert rig.faults() == []
    rig.charge()


def test_i7_a_jam_after_the_car_has_gone_is_over_when_the_bolt_is_seen_drawn():
    rig = charging()
    rig.is_bolt_jammed = True
    rig.level_mv = LEVEL_A  # the cable is left in the socket
    rig.run(60_000)
    assert rig.out.lock == JAMMED
    assert rig.faults() == [f.LOCK_FAILED]
    rig.inputs.lock_closed = 0
    rig.run(40)
    assert rig.out.lock == JAMMED
    rig.run(100)
    assert rig.faults() == []
    rig.is_bolt_jammed = False
    rig.charge()


def test_i7_a_bolt_that_is_lost_as_the_car_leaves_is_no_loss_for_the_next_car():
    for later_ms in range(0, 70, 10):
        rig = charging()
        rig.is_bolt_jammed = True
        rig.inputs.lock_closed = 0
        rig.run(later_ms)
        rig.unplug()
        rig.run(200)
        assert rig.faults() == [], later_ms
        rig.is_bolt_jammed = False
        rig.run(20_000)
        rig.charge()


def test_a_car_that_follows_late_by_a_meter_that_lags_is_no_over_current():
    rig = charging(is_stepping_down_at_once=YES)
    take = rig.supervisor.protection.metered.take
    for second in range(30):
        if second == 5:
            rig.allow(6_000)
        ma = 16_000 if second < 5 + 5 + 8 else 6_000  # it follows in 5 s, and is read 8 s late
        take(ma, ma, ma, UNKNOWN, UNKNOWN, UNKNOWN)
        rig.run(1_000)
        assert rig.faults() == [], second
    assert rig.out.coil == 1
