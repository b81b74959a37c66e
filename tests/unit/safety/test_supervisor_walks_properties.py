"""Random walks in real time: car, host, lines, noise and clock; I1 to I7 judged in every tick.

What ``tools/explore`` proves with short times and nominal levels is tried here with the real
times, with levels anywhere, noise inside a block, and several faults at once.
"""

from hypothesis import Phase
from hypothesis import settings as how
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, rule
from safety_rig import LEVEL_A, LEVEL_B, LEVEL_C, LEVEL_D, LEVEL_E, Rig

from ampkeeper.firmware.safety import fault as f
from ampkeeper.firmware.safety import sequence as seq
from ampkeeper.firmware.safety.contactor import CLOSED, CLOSING
from ampkeeper.firmware.safety.duty import current_of, is_allowed
from ampkeeper.firmware.safety.lock import LOCKED, UNLOCKED
from ampkeeper.firmware.safety.pilot import C, D, class_of
from ampkeeper.firmware.safety.signals import PERIOD_TICKS

TRUST_MS = 100  # REQ-CP-04, Table A.6 seq. 2.2 and 8.1
HOME_MS = 60_000  # I7
LINES = (
    ("pe_ok", 0), ("supply_ok", 0), ("rcd_ac", 1), ("rcd_dc", 1), ("emergency_stop", 1),
    ("over_current", 1), ("temperature_dc", 690), ("temperature_dc", 900),
    ("voltage_l1_mv", 150_000), ("voltage_l2_mv", 280_000), ("current_l1_ma", 40_000),
    ("rail_high_mv", 9_000), ("tamper", 1), ("lock_charged", 0), ("pp_ohm", 680), ("pp_ohm", 0),
)  # fmt: skip
HEALTHY = {
    "pe_ok": 1, "supply_ok": 1, "rcd_ac": 0, "rcd_dc": 0, "emergency_stop": 0, "over_current": 0,
    "temperature_dc": 250, "outlet_live": -1, "voltage_l1_mv": 230_000, "voltage_l2_mv": 230_000,
    "voltage_l3_mv": 230_000, "current_l1_ma": 0, "rail_high_mv": 12_000, "rail_low_mv": 12_000,
    "tamper": 0, "lock_charged": 1, "cp_noise_mv": 0,
}  # fmt: skip
LEVELS = st.one_of(
    st.sampled_from((LEVEL_A, LEVEL_B, LEVEL_C, LEVEL_C, LEVEL_C, LEVEL_D, LEVEL_E)),
    st.integers(-14_000, 14_000),
)


class Watch:
    """What was true before, for the rules that look back; seen from outside the ring."""

    def __init__(self, rig, blank_ms):
        self.rig = rig
        self.blank_ms = blank_ms
        self.opened_ms = -(10**9)
        self.wanted_ms = 0  # when the car last asked for current, readable
        self.permitted_ms = 0  # when a permit was last in force
        self.lawful_ms = 0  # when the duty last did not exceed the permit
        self.coil = 0
        self.stop_count = 0
        self.owed = 0  # falls of the coil that are not booked yet

    def look(self):
        rig = self.rig
        out, ring = rig.out, rig.supervisor
        inputs = rig.inputs
        shown = class_of(inputs.cp_high_mv, C)
        if shown in (C, D) and inputs.cp_noise_mv <= 200:
            self.wanted_ms = rig.now_ms
        if ring.permit.current_ma > 0:
            self.permitted_ms = rig.now_ms
        assert is_allowed(out.duty_ticks), rig.describe()
        if 0 < out.duty_ticks < PERIOD_TICKS:
            self.judge_offer(ring, out)
        else:
            self.lawful_ms = rig.now_ms
        if out.coil:
            self.judge_power(ring, out)
        if self.coil and not out.coil:
            self.opened_ms = rig.now_ms
        self.owed += bool(self.coil and not out.coil) + self.stop_count - out.stop_count
        is_energised = out.sequence in (seq.CHARGING, seq.STOPPING)
        # I6: one stop for each fall; a dropout is booked once it is understood
        assert 0 <= self.owed <= (is_energised and not out.coil), rig.describe()
        assert not out.stop_count or out.stop_reason, rig.describe()
        self.stop_count = out.stop_count
        self.coil = out.coil

    def judge_offer(self, ring, out):
        rig = self.rig
        assert ring.permit.current_ma > 0, rig.describe()  # I2
        assert ring.faults.high_count == ring.faults.medium_count == 0, rig.describe()
        offered_ma = current_of(out.duty_ticks)
        assert offered_ma <= min(32_000, out.cable_ma or 32_000, ring.limit.safe_ma)  # I3
        if offered_ma <= ring.permit.current_ma:
            self.lawful_ms = rig.now_ms
        assert rig.now_ms - self.lawful_ms <= 5_000 + rig.tick_ms, rig.describe()

    def judge_power(self, ring, out):
        rig = self.rig
        assert out.contactor in (CLOSING, CLOSED), rig.describe()
        assert out.sequence in (seq.CHARGING, seq.STOPPING), rig.describe()
        assert ring.faults.high_count == 0, rig.describe()
        assert not ring.pilot.has_diode_fault, rig.describe()
        unwanted_ms = rig.now_ms - self.wanted_ms
        assert unwanted_ms <= TRUST_MS + self.blank_ms, rig.describe()  # I1
        assert rig.now_ms - self.permitted_ms <= 6_000 + rig.tick_ms, rig.describe()
        is_held = out.lock == LOCKED or ring.faults.is_raised(f.LOCK_LOST)
        assert is_held, rig.describe()
        if not self.coil:
            assert rig.now_ms - self.opened_ms >= 10_000, rig.describe()  # I4
            assert ring.faults.medium_count == 0, rig.describe()
            assert out.lock == LOCKED, rig.describe()


class Walk(RuleBasedStateMachine):
    """One charger, whatever happens to it; at the end it must find home."""

    @initialize(is_blanked=st.booleans(), tick_ms=st.sampled_from((10, 10, 5)))
    def start(self, is_blanked, tick_ms):
        blanks = {} if is_blanked else {"duty_blank_ms": 0, "switch_blank_ms": 0}
        self.rig = Rig(tick_ms=tick_ms, **blanks)
        self.heal()
        self.watch = Watch(self.rig, 800 if is_blanked else 0)

    def run_ms(self, ms):
        rig = self.rig
        end_ms = rig.now_ms + ms
        while rig.now_ms < end_ms:
            rig.step(rig.tick_ms)
            self.watch.look()

    def heal(self):
        for name, value in HEALTHY.items():
            setattr(self.rig.inputs, name, value)
        rig = self.rig
        rig.is_stuck = rig.is_welded = rig.is_bolt_jammed = False
        rig.has_diode = rig.is_host_alive = True
        rig.inputs.pp_ohm = 220 if rig.level_mv < LEVEL_A else 1_000_000

    @rule(ms=st.integers(1, 2_500))
    def wait(self, ms):
        self.run_ms(ms)

    @rule()
    def charge(self):
        self.heal()
        self.rig.plug(level_mv=LEVEL_C)
        self.rig.allow(16_000)
        self.run_ms(2_500)

    @rule(level_mv=LEVELS, ms=st.integers(1, 300))
    def show(self, level_mv, ms):
        self.rig.level_mv = level_mv
        self.run_ms(ms)

    @rule(levels=st.lists(st.tuples(LEVELS, st.integers(1, 40)), min_size=1, max_size=12))
    def bounce(self, levels):
        at_ms = 0
        for level_mv, ms in levels:
            self.rig.at(at_ms, level_mv)
            at_ms += ms
        self.run_ms(at_ms + 20)

    @rule(ms=st.integers(1, 400), noise_mv=st.integers(150, 1_000))
    def disturb(self, ms, noise_mv):
        self.rig.inputs.cp_noise_mv = noise_mv
        self.run_ms(ms)
        self.rig.inputs.cp_noise_mv = 0

    @rule(
        current_ma=st.sampled_from((0, 5_000, 6_000, 16_000, 32_000)),
        phases=st.sampled_from((1, 3)),
    )
    def permit(self, current_ma, phases):
        self.rig.allow(current_ma, phases)
        self.run_ms(20)

    @rule(ms=st.integers(1_500, 9_000))
    def silence(self, ms):
        self.rig.is_host_alive = False
        self.run_ms(ms)
        self.rig.is_host_alive = True

    @rule(line=st.sampled_from(LINES), ms=st.integers(1, 4_000))
    def fault(self, line, ms):
        before = getattr(self.rig.inputs, line[0])
        setattr(self.rig.inputs, *line)
        self.run_ms(ms)
        setattr(self.rig.inputs, line[0], before)

    @rule(what=st.sampled_from(("is_stuck", "is_welded", "is_bolt_jammed", "has_diode")))
    def breaks(self, what):
        setattr(self.rig, what, what != "has_diode")
        self.run_ms(600)

    @rule(real_ms=st.integers(1, 3_000), told_ms=st.sampled_from((-5, 0, 200, 300, 5_000, 2**29)))
    def hang(self, real_ms, told_ms):
        self.rig.step(real_ms, told_ms=told_ms)
        self.watch.wanted_ms = self.rig.now_ms  # nobody could see while it hung
        self.watch.opened_ms -= max(0, told_ms)  # its clock says that this time passed
        self.watch.permitted_ms = max(self.watch.permitted_ms, self.rig.now_ms - 6_000)
        self.watch.look()

    @rule()
    def unplug(self):
        self.rig.unplug()
        self.run_ms(120)
        assert not self.rig.out.coil, self.rig.describe()

    def teardown(self):
        """I7: the car gone and all healthy, it is ready within a minute, or a person clears it."""
        if not hasattr(self, "watch"):
            return
        self.rig.unplug()
        self.heal()
        self.rig.host_flags = 1
        self.rig.allow(0)
        for _ in range(HOME_MS // 1_000):
            self.run_ms(1_000)
            if self.rig.out.sequence == seq.IDLE and self.rig.out.lock == UNLOCKED:
                break
        for code in range(f.CODE_COUNT):
            if f.clearing_of(code) == f.SERVICE or code == f.PE_LOST:
                self.rig.supervisor.clear(code)
        self.run_ms(5_000)
        rig = self.rig
        assert rig.out.sequence == seq.IDLE, rig.describe()
        assert rig.out.lock == UNLOCKED, rig.describe()
        assert rig.supervisor.faults.high_count == 0, rig.describe()


TestWalk = Walk.TestCase
TestWalk.settings = how(
    max_examples=6,
    stateful_step_count=15,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
)
