"""What the pads of the fake RP2040 see: a car on the pilot, mains, sensors, contactor and bolt."""

from array import array

from fake_rp2040 import SAMPLE_NS, settled

TAU_NS = 5_500  # 1 kOhm and the worst 5.5 nF
SPAN_MV, ZERO_MV = 33_053, 16_500
SOURCE_OHM = 1_000
DIODE_MV = 700
CAR_OHM = {"B": 2_740, "C": 882, "D": 246}
SETTLE_SAMPLES = 40  # 80 us: nothing moves after that
MOVE_NS = 25_000_000  # contactor
TRAVEL_NS = 300_000_000  # bolt


def high_mv(state, permille=1000, source_mv=12_000):
    """The upper level of a state, with the car's resistors off by so much."""
    if state == "A":
        return source_mv
    if state == "E":
        return 0
    if state == "F":
        return -source_mv
    ohm = CAR_OHM[state] * permille / 1000
    return DIODE_MV + (source_mv - DIODE_MV) * ohm / (ohm + SOURCE_OHM)


def low_mv(state, source_mv=12_000):
    """The lower level: the car's diode blocks."""
    return 0 if state == "E" else -source_mv


class World:
    """State of everything outside the chip. Set attributes; time passes with the chip's."""

    def __init__(self, random=None):
        self.chip = None
        self.levels = [(0, 12_000, -12_000)]  # (since, high, low), newest last
        self.noise_mv = 0
        self.random = random
        self.tau_ns = TAU_NS
        self.pp_ohm = 1_000_000_000
        self.has_mains = True
        self.has_earth = True
        self.is_contactor_made = False
        self.is_following = True  # contactor and bolt do what they are told
        self.bolt_ns = 0
        self._moved_ns = 0
        self._periods = {}  # computed before
        self._edges = {11: 0, 13: 0, 15: 0}
        self._edge_rest_ns = 0
        # Multiplexer: 25 degC twice, rails, capacitor, ground, 1.225 V, three closed contacts.
        self.slow = [2_048, 2_048, 2_482, 931, 2_482, 3, 1_520, 20, 20, 20]

    def set_state(self, state, permille=1000):
        """Plug, unplug, close S2."""
        self.set_levels(high_mv(state, permille), low_mv(state))

    def set_levels(self, high, low):
        self.levels.append((self.chip.now_ns, high, low))
        self.levels = self.levels[-4:]

    def edges(self, gpio):
        return self._edges[gpio]

    def pass_ns(self, ns):
        self._edge_rest_ns += ns
        while self._edge_rest_ns >= 20_000_000:
            self._edge_rest_ns -= 20_000_000
            self._edges[13] += self.has_mains
            self._edges[15] += self.has_mains and self.has_earth
            self._edges[11] += self.has_mains and self.is_contactor_made
        if self.is_following:
            self._move(ns)
        chip = self.chip
        chip.pins[12].outside = int(self.is_contactor_made)
        chip.pins[18].outside = int(self.bolt_ns < TRAVEL_NS)

    def _move(self, ns):
        chip = self.chip
        wants = chip.level(4) > 0
        self._moved_ns = self._moved_ns + ns if wants != self.is_contactor_made else 0
        if self._moved_ns >= MOVE_NS:
            self.is_contactor_made = wants
        step = chip.pins[6].out - chip.pins[7].out
        self.bolt_ns = min(TRAVEL_NS, max(0, self.bolt_ns + step * ns))

    def slow_count(self, gpio, selected):
        if gpio == 28:
            return min(4_095, int(4_096 * self.pp_ohm / (self.pp_ohm + 1_000)))
        assert gpio == 27
        return self.slow[selected] if selected < len(self.slow) else 0

    def period(self, begin_ns, duty_ticks):
        """500 counts of the period that begins here."""
        since, high, low = self.levels[-1]
        end_ns = begin_ns + 500 * SAMPLE_NS
        if since > begin_ns:
            return self._moving_period(begin_ns, end_ns, duty_ticks)
        if self.noise_mv:
            return self._counts(self._still_period(duty_ticks, high, low))
        key = (duty_ticks, high, low, self.tau_ns)
        if key not in self._periods:
            self._periods[key] = self._counts(self._still_period(duty_ticks, high, low))
        return self._periods[key]

    def _still_period(self, duty_ticks, high, low):
        edge_ns = duty_ticks * 16
        if edge_ns in (0, 1_000_000):
            return [high if edge_ns else low] * 500
        edge = -(-(edge_ns - 1_000) // SAMPLE_NS)
        volts = [high] * edge + [low] * (500 - edge)
        for index in range(min(edge, SETTLE_SAMPLES)):
            volts[index] = settled(low, high, index * SAMPLE_NS + 1_000, self.tau_ns)
        for index in range(edge, min(500, edge + SETTLE_SAMPLES)):
            volts[index] = settled(high, low, index * SAMPLE_NS + 1_000 - edge_ns, self.tau_ns)
        return volts

    def _moving_period(self, begin_ns, _end_ns, duty_ticks):
        """A period in which the car did something: sample by sample, without capacitance."""
        volts = []
        for index in range(500):
            at_ns = begin_ns + index * SAMPLE_NS
            high, low = self.levels[0][1:]
            for since, above, below in self.levels:
                if since <= at_ns:
                    high, low = above, below
            volts.append(high if index * SAMPLE_NS < duty_ticks * 16 else low)
        return self._counts(volts)

    def _counts(self, volts):
        counts = array("H")
        for mv in volts:
            if self.noise_mv:
                mv += self.random.gauss(0, self.noise_mv)
            counts.append(min(4_095, max(0, int((mv + ZERO_MV) * 4_096 / SPAN_MV))))
        return counts
