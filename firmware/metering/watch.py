"""Meter watch: which reading holds, how old it is, and what is wrong with the meter.

A reading that cannot follow the one before is refused, never billed: the old one ages until the
meter makes sense again. Two in a row that follow each other, elsewhere, are a register that was
reset, rolled over or exchanged: a new *segment*, counted on from there. Under load the second
must have counted, or one that runs backwards would make sense each time it stands still.
``counted_wh`` is what flowed in all segments since the start; it never falls and never jumps.
STALE asks for the safe current, LOST for a stop; both are the caller's to do.
No I/O and no clock: readings carry their time, ``tick`` brings it.
"""

from dataclasses import replace
from enum import IntEnum

from ampkeeper.firmware.metering.plausible import (
    SECONDS_PER_HOUR,
    STEP_WH,
    Circuit,
    doubt,
    is_finite,
    power_w,
)
from ampkeeper.firmware.metering.relapse import Relapse
from ampkeeper.hal.ports import MeterIdentity, MeterReading

STALE_S = 5.0  # specification sheet table 5.6: from here on 6 A
LOST_S = 15.0  # the same: from here on no charging
FROZEN_S = 60.0  # metering sanity: the same energy for so long while current flows
FROZEN_WH = 2 * STEP_WH  # and this much should have been counted by the coarsest register
IDLE_W = 100.0  # less is what car and charger use at rest: no register need count
SEGMENT_S_MIN = 3_600.0  # resets sooner after another are a meter that runs backwards
REFUSED_MAX = 3  # refused in a row: not a glitch any more but a fault
METER_SILENT, METER_IMPLAUSIBLE = "MeterSilent", "MeterImplausible"


class Quality(IntEnum):
    """How far the newest reading can be relied on."""

    FRESH = 0
    STALE = 1
    LOST = 2


class MeterWatch:
    """The watch over one meter in a circuit of ``current_a_max`` on ``phases``."""

    def __init__(self, current_a_max: float, phases: int) -> None:
        self.counted_wh = 0
        self.segment = 0  # counts resets, roll-overs and exchanged meters
        self.refused_count = 0
        self.reason = ""  # why the newest reading was refused; empty if it was not
        self._circuit = Circuit(current_a_max, phases)
        self._identity: MeterIdentity | None = None
        self._latest: MeterReading | None = None
        self._segment_s: float | None = None  # when the newest segment began
        self._candidate: MeterReading | None = None  # refused, unless the next one follows it
        self._now_s: float | None = None
        self._begin_s = 0.0  # since when a reading is awaited
        self._rest_s = 0.0  # until when nobody asked for one
        self._refused_in_a_row = 0
        self._is_frozen = False
        self._unchanged_s = 0.0  # when the energy changed last
        self._still_s = 0.0  # when it was last seen not to have changed
        self._expected_wh = 0.0  # what should have been counted since the change
        self._losses = Relapse()  # of all readings that hold
        self._silences = Relapse()
        self._doubts = Relapse()

    @property
    def is_failing(self) -> bool:
        """True while a meter that was lost again and again is not trusted to stay."""
        return self._losses.is_held

    @property
    def quality(self) -> Quality:
        """How far ``latest`` can be relied on, as of the newest time told."""
        if self._latest is None or self.age_s >= LOST_S:
            return Quality.LOST
        return Quality.STALE if self.age_s >= STALE_S else Quality.FRESH

    @property
    def age_s(self) -> float:
        """How old ``latest`` is, or how long one has been awaited."""
        since_s = self._begin_s if self._latest is None else self._latest.taken_s
        since_s = max(since_s, self._rest_s)
        return 0.0 if self._now_s is None else max(0.0, self._now_s - since_s)

    def latest(self) -> MeterReading | None:
        """Return the newest reading that holds, however old; None before the first."""
        return self._latest

    def faults(self) -> frozenset[str]:
        """Return the names of the faults that are there now."""
        names = set()
        if self._is_implausible or self._doubts.is_held:
            names.add(METER_IMPLAUSIBLE)
        elif self._is_silent or self._silences.is_held:
            names.add(METER_SILENT)
        return frozenset(names)

    @property
    def _is_implausible(self) -> bool:
        return self._is_frozen or self._refused_in_a_row >= REFUSED_MAX

    @property
    def _is_silent(self) -> bool:
        return self.age_s >= LOST_S and not self._is_implausible

    def tick(self, now_s: float) -> None:
        """Let time pass."""
        if self._now_s is None:
            self._begin_s = now_s
        self._now_s = now_s if self._now_s is None else max(self._now_s, now_s)
        self._losses.tick(self._now_s, self._latest is not None and self.age_s >= LOST_S)
        self._silences.tick(self._now_s, self._is_silent)
        self._doubts.tick(self._now_s, self._is_implausible)

    def rest(self, until_s: float) -> None:
        """Nobody asked the meter before then: until then nothing that is known ages."""
        self._rest_s = until_s

    def identify(self, identity: MeterIdentity) -> None:
        """Take who the meter says it is, each time it is opened: another one counts from there.

        A key is no name: a meter may tell it only once it has signed.
        """
        identity = replace(identity, public_key=b"")
        if self._identity is not None and identity != self._identity:
            self._latest = self._candidate = None
            self._is_frozen = False
            self._begin_s = 0.0 if self._now_s is None else self._now_s
            self.segment += 1
        self._identity = identity

    def refuse(self, reason: str) -> None:
        """Take note of an answer that was no measurement (ImplausibleError)."""
        self.reason = reason
        self.refused_count += 1
        self._refused_in_a_row += 1

    def feed(self, reading: MeterReading) -> bool:
        """Take a reading; True if it holds. One that is not newer is left out of account."""
        self.tick(reading.taken_s)
        if not is_finite(reading):
            self.refuse("a value is not a number")
            return False
        before = self._latest
        if before is None:
            self._hold(reading, 0)
            return True
        if reading.taken_s <= before.taken_s:
            return False
        stillness = self._frozen(before, reading)
        reason = stillness or doubt(self._circuit, before, reading, self._expected_wh)
        if not reason:
            self._hold(reading, reading.energy_wh - before.energy_wh)
            return True
        if not stillness and self._resumes(reading):
            return True
        self._candidate = reading
        self.refuse(reason)
        return False

    def _hold(self, reading: MeterReading, delta_wh: int) -> None:
        """Let ``reading`` be the newest, ``delta_wh`` after the one before."""
        if self._latest is None or reading.energy_wh != self._latest.energy_wh:
            self._unchanged_s = self._still_s = reading.taken_s
            self._expected_wh = 0.0
        self._latest = reading
        self._candidate = None
        self._is_frozen = False
        self._refused_in_a_row = 0
        self.counted_wh += delta_wh
        self.reason = ""

    def _resumes(self, reading: MeterReading) -> bool:
        """Begin a new segment if ``reading`` follows the one that was refused before it."""
        candidate = self._candidate
        if candidate is None or reading.taken_s <= candidate.taken_s:
            return False
        if doubt(self._circuit, candidate, reading):
            return False
        if reading.energy_wh == candidate.energy_wh and power_w(reading) >= IDLE_W:
            return False
        began_s = self._segment_s
        if began_s is not None and reading.taken_s < began_s + SEGMENT_S_MIN:
            return False
        self._segment_s = reading.taken_s
        self.segment += 1
        self._hold(reading, reading.energy_wh - candidate.energy_wh)
        return True

    def _frozen(self, before: MeterReading, reading: MeterReading) -> str:
        """Say so if the energy stands still though enough has flowed for it to move."""
        if reading.energy_wh != before.energy_wh:
            self._is_frozen = False
            return ""
        elapsed_s = reading.taken_s - max(before.taken_s, self._still_s)
        self._still_s = reading.taken_s
        drawn_w = min(power_w(reading), self._circuit.power_w_max)
        self._expected_wh += drawn_w * elapsed_s / SECONDS_PER_HOUR
        still_s = reading.taken_s - self._unchanged_s
        self._is_frozen = still_s >= FROZEN_S and self._expected_wh >= FROZEN_WH
        if not self._is_frozen:
            return ""
        return f"energy has stood at {reading.energy_wh} Wh for {still_s:.0f} s under load"
