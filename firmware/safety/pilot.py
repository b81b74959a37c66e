"""Pilot: which state the car shows on the control pilot, IEC 61851-1 Annex A.

``classify`` judges one block of both half waves; ``PilotFilter`` decides over time which class
counts, latches a missing diode and refuses to trust a line that it cannot read. What follows
from a class is ``sequence``'s affair. Thresholds are those of chargebyte's CPUtils (Table A.4).
"""

from ampkeeper.firmware.safety.level import Level
from ampkeeper.firmware.safety.units import BLOCK_MS, DRIVE_F, DRIVE_OPEN, DRIVE_PWM, const

A, B, C, D, E, F, INVALID = range(7)

_RAIL_MV_MAX = const(13_000)  # beyond, either way: no class
_A_MV_MIN = const(11_000)
_A_MV_HOLD = const(10_000)  # A stays A down to here
_B_MV_MIN = const(8_000)
_B_MV_HOLD = const(7_000)
_C_MV_MIN = const(5_000)
_C_MV_HOLD = const(4_000)
_D_MV_MIN = const(2_000)
_E_MV_MIN = const(-1_000)
_E_MV_HOLD = const(-2_000)
_F_MV_MAX = const(-11_000)
_F_MV_HOLD = const(-10_000)
_DIODE_MV_MAX = const(1_200)  # the half waves mirror each other within this: no diode

_NOISE_MV_MAX = const(200)  # REQ-CP-04
_DEBOUNCE_BLOCKS = const(2)  # REQ-CP-02
_DEBOUNCE_MS = const(20)  # two full blocks; also the Leaf's bouncing contacts
# What was mirrored counts four times what was not: half of the time is a missing diode too.
_DIODE_QUARTERS = const(320)  # 80 ms; REQ-CP-05: open within 100; Tesla bridges for less, 3.5
_VOID_QUARTERS = const(120)  # so many in the 100 ms after which a line is void: it is no noise
_TRUST_MS = const(100)  # REQ-CP-04: a class not confirmed for this long is void
_SUPPRESSED_MAX = const(1_000_000)  # the count stops here


def class_of(mv: int, previous: int) -> int:
    """Return the class of one half wave; between two windows ``previous`` decides."""
    if mv > _RAIL_MV_MAX or mv < -_RAIL_MV_MAX:
        return INVALID
    if mv >= _C_MV_HOLD:
        return _class_of_car(mv, previous)
    if mv >= _D_MV_MIN:
        return D
    if mv >= _E_MV_MIN:
        return E
    if mv >= _E_MV_HOLD:
        return E if previous <= E else INVALID
    if mv <= _F_MV_MAX:
        return F
    return F if mv < _F_MV_HOLD and previous == F else INVALID


def _class_of_car(mv: int, previous: int) -> int:
    if mv >= _A_MV_MIN:
        return A
    if mv >= _A_MV_HOLD:
        return A if previous == A else B
    if mv >= _B_MV_MIN:
        return B
    if mv >= _B_MV_HOLD:
        return B if previous <= B else C
    if mv >= _C_MV_MIN:
        return C
    return C if previous <= C else D


def classify(high_mv: int, low_mv: int, previous: int, is_pwm: bool) -> int:
    """Return the class that one block shows; ``previous`` is the class that counted before."""
    by_high = class_of(high_mv, previous)
    if not is_pwm or by_high > D:
        return by_high  # E is decided on the high side alone: a short may sit after the diode
    by_low = class_of(low_mv, F if previous <= D else INVALID)
    return by_high if by_low == F else INVALID


def is_diode_missing(high_mv: int, low_mv: int, by_high: int) -> bool:
    """Tell whether the low half wave mirrors the high one; ask only while PWM runs."""
    if high_mv <= _D_MV_MIN or not B <= by_high <= D:
        return False  # no car; or no level at all, which is a converter's fault
    return abs(high_mv + low_mv) <= _DIODE_MV_MAX


class PilotFilter:
    """The class that counts. Feed it every block with what the pilot was driven to."""

    def __init__(self) -> None:
        self.state = A  # counts
        self.raw = A  # of the last block
        self.is_known = False  # since start; until then nobody may take the car for gone
        self.has_diode_fault = False  # latched until A
        self.is_simplified = False  # went from A to C or D: reads no duty, A.2.3; until B or A
        self.b_filter_ms = 0  # of the vehicle's profile: longer before C -> B counts
        self.suppressed_count = 0
        self._raw = Level(A)
        self._mirrored_quarters = 0  # of a ms; less a quarter of what was not mirrored since
        self._doubt_ms = 0
        self._blank_b_ms = 0
        self._blank_car_ms = 0
        self._was_suppressed = False

    def blank_b(self, blank_ms: int) -> None:
        """After a duty change: do not believe C -> B. REQ-CP-07, BMW hybrids.

        A B that is not believed already is not put off again: the car may have opened S2.
        """
        if self._blank_b_ms == 0 or self.raw != B:
            self._blank_b_ms = blank_ms

    def blank_car(self, blank_ms: int) -> None:
        """After the contactor moved: believe no change to B, C or D. REQ-CP-07, interference."""
        self._blank_car_ms = blank_ms

    def see_nobody(self) -> None:
        """Somebody else saw that no car is there, while the pilot was cut."""
        self._count(A, True)
        self._raw.reset(A)

    def tick(self, elapsed_ms: int, high_mv: int, low_mv: int, noise_mv: int, drive: int) -> None:
        """Judge the block that ended now; ``drive`` is what the pilot was driven to in it.

        While the pilot is cut nothing can be seen: what counted before goes on to count.
        """
        if drive == DRIVE_OPEN:
            self._raw.reset(self.state)
            self._mirrored_quarters = 0
            self._doubt_ms = 0
            return
        self._blank_b_ms = max(0, self._blank_b_ms - elapsed_ms)
        self._blank_car_ms = max(0, self._blank_car_ms - elapsed_ms)
        self.raw = self._judge(elapsed_ms, high_mv, low_mv, noise_mv, drive)
        self._raw.tick(elapsed_ms, self.raw)
        self._settle(elapsed_ms)

    def _judge(self, elapsed_ms: int, high_mv: int, low_mv: int, noise_mv: int, drive: int) -> int:
        if noise_mv > _NOISE_MV_MAX:
            return INVALID
        raw = classify(high_mv, low_mv, self.state, drive == DRIVE_PWM)
        by_high = class_of(high_mv, self.state)
        if drive == DRIVE_PWM and is_diode_missing(high_mv, low_mv, by_high):
            self._note_mirrored(elapsed_ms)
            # one fault is enough; but mirrored now and then is no class that counts
            return by_high if self.has_diode_fault else INVALID
        if drive == DRIVE_PWM and raw <= D:  # else the block says nothing of the diode
            self._mirrored_quarters = max(0, self._mirrored_quarters - elapsed_ms)
        if raw == F and drive != DRIVE_F:
            return INVALID  # the generator does not do what it is told
        return raw

    def _note_mirrored(self, elapsed_ms: int) -> None:
        if self._mirrored_quarters == 0 or self.raw != INVALID:
            elapsed_ms = min(elapsed_ms, BLOCK_MS)  # nobody saw what was before the block
        self._mirrored_quarters = min(self._mirrored_quarters + 4 * elapsed_ms, _DIODE_QUARTERS)
        if self._mirrored_quarters == _DIODE_QUARTERS:
            self.has_diode_fault = True

    def _settle(self, elapsed_ms: int) -> None:
        is_held = self._raw.is_held(_DEBOUNCE_BLOCKS, _DEBOUNCE_MS)
        was_known = self.is_known
        if is_held and self.raw != INVALID:
            self.is_known = True
        is_blanked = self.raw != self.state and self._is_blanked()
        is_suppressed = is_blanked and is_held
        if is_suppressed and not self._was_suppressed:
            self.suppressed_count = min(self.suppressed_count + 1, _SUPPRESSED_MAX)
        self._was_suppressed = is_suppressed
        if is_held and (is_blanked or self.raw == self.state):
            self._doubt_ms = 0
        elif not is_blanked:
            self._doubt(elapsed_ms)
            if is_held and self.raw != INVALID and self._is_filtered():
                self._count(self.raw, was_known)
            elif self._doubt_ms >= _TRUST_MS and self.raw != self.state:
                if self._mirrored_quarters >= _VOID_QUARTERS and not self.has_diode_fault:
                    self.has_diode_fault = True  # one fault is enough
                else:
                    self.state = INVALID

    def _doubt(self, elapsed_ms: int) -> None:
        """Count the time since two blocks last confirmed what counts; one alone ends no doubt."""
        if self._doubt_ms == 0:
            elapsed_ms = min(elapsed_ms, BLOCK_MS)  # nobody saw what was before the block
        self._doubt_ms = min(self._doubt_ms + elapsed_ms, _TRUST_MS)

    def _count(self, pilot_class: int, was_known: bool) -> None:
        """Let a class count that did not."""
        if pilot_class == A:
            self.has_diode_fault = False
            self._mirrored_quarters = 0
        if pilot_class <= B:
            self.is_simplified = False
        elif pilot_class <= D and self.state == A and was_known:
            self.is_simplified = True
        self.state = pilot_class
        self._doubt_ms = 0

    def _is_filtered(self) -> bool:
        if self.state != C or self.raw != B:
            return True
        return self._raw.is_held(_DEBOUNCE_BLOCKS, _DEBOUNCE_MS + self.b_filter_ms)

    def _is_blanked(self) -> bool:
        if self._blank_b_ms > 0 and self.state == C and self.raw == B:
            return True
        return self._blank_car_ms > 0 and B <= self.raw <= D and B <= self.state <= D
