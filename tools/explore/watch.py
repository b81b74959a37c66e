"""Watch: the invariants I1 to I4 and I6, judged from outside after every tick.

It remembers what a rule that looks back needs, and no more: each age stops where no rule asks
further. I5 (energy) is ring 2's; I7 is a property of the whole graph and is judged in ``search``.
"""

from __future__ import annotations

from ampkeeper.firmware.safety import contactor, fault, lock, sequence
from ampkeeper.firmware.safety.duty import current_of
from ampkeeper.firmware.safety.names import CONTACTOR_STATES, LOCK_STATES
from ampkeeper.firmware.safety.permit import IN_SERVICE
from ampkeeper.firmware.safety.signals import DUTY_F, PERIOD_TICKS
from ampkeeper.firmware.safety.units import CURRENT_MA_MIN
from tools.explore.scale import TICK_MS, scaled
from tools.explore.world import GRANTS, HANG, NO_DIODE, PWM, Letter, World

TRUST_MS = scaled(100)  # REQ-CP-04
DIODE_MS = scaled(100)  # REQ-CP-05
CLOSED = (contactor.CLOSING, contactor.CLOSED)


class Broken(Exception):
    """An invariant does not hold; the message says which and why."""


class Watch:
    """What was true before. ``state`` is all of it, in small numbers."""

    def __init__(self, world: World) -> None:
        self.world = world
        settings = world.supervisor.settings
        self._stop_ms = settings.stop_ms
        self._reclose_ms = settings.reclose_ms
        self._gap_ms = settings.pwm_gap_ms
        self._ready_ms = settings.ready_ms
        self._permit_ms = settings.permit_ms
        self._blank_ms = settings.duty_blank_ms + settings.switch_blank_ms  # one after the other
        self._is_ready = ("C", "D", NO_DIODE) if settings.has_ventilation else ("C", NO_DIODE)
        self.coil = 0
        self.bolt = 0
        self.open_ms = settings.reclose_ms  # since the coil went off
        self.ready_ms = 0  # C or D, readable, with a diode, without a break
        self.unready_ms = 0  # since the last such block, while the coil is on
        self.diodeless_ms = 0  # seen under PWM
        self.permit_left_ms = 0
        self.permit_ma = 0
        self.unpermitted_ms = 0  # while the coil is on
        self.owed = 0  # falls of the coil that are not booked yet
        self.over_ms = 0  # the duty offers more than the smallest limit
        self._stops = 0  # booked before this tick; not remembered, the supervisor counts

    def save(self) -> tuple[int, ...]:
        """Return all that it remembers."""
        return (
            self.coil, self.world.bolt, self.open_ms, self.ready_ms, self.unready_ms,
            self.permit_left_ms, self.permit_ma, self.unpermitted_ms, self.over_ms,
            self.diodeless_ms, self.owed,
        )  # fmt: skip

    def load(self, state: tuple[int, ...]) -> None:
        """Go back to what ``save`` returned."""
        (
            self.coil, self.world.bolt, self.open_ms, self.ready_ms, self.unready_ms,
            self.permit_left_ms, self.permit_ma, self.unpermitted_ms, self.over_ms,
            self.diodeless_ms, self.owed,
        ) = state  # fmt: skip
        self._stops = self.world.supervisor.books.stop_count

    def judge(self, letter: Letter) -> None:
        """Take what one letter brought and what came out of it; raise if a rule is broken."""
        self._age(letter)
        supervisor = self.world.supervisor
        out = supervisor.outputs
        if out.coil:
            self._judge_power(letter)
        if DUTY_F < out.duty_ticks < PERIOD_TICKS:
            self._judge_offer()
        else:
            self.over_ms = 0
        fell = self.coil and not out.coil
        self._judge_books(1 if fell else 0)
        if out.coil and not self.coil:
            self._judge_closing()
        if fell:
            self.open_ms = 0
        self.coil = out.coil

    def _age(self, letter: Letter) -> None:
        ms = min(letter.elapsed_ms, TICK_MS)  # in a hang nobody saw more than its last block
        self.open_ms = min(self.open_ms + ms, self._reclose_ms)
        is_ready = letter.cp in self._is_ready
        self.ready_ms = min(self.ready_ms + ms, self._ready_ms) if is_ready else 0
        self.unready_ms = 0 if is_ready or not self.coil else self.unready_ms + ms
        is_mirrored = letter.cp == NO_DIODE and self.world.drive == PWM
        self.diodeless_ms = min(self.diodeless_ms + ms, DIODE_MS) if is_mirrored else 0
        grant = GRANTS[letter.host]
        if grant is not None:
            current_ma = grant[0] if grant[2] & IN_SERVICE else 0
            self.permit_ma = current_ma if current_ma >= CURRENT_MA_MIN else 0
            self.permit_left_ms = self._permit_ms
        self.permit_left_ms = max(0, self.permit_left_ms - ms)
        if letter.elapsed_ms >= HANG or self.permit_left_ms == 0:
            self.permit_left_ms = self.permit_ma = 0
        is_unpermitted = self.coil and not self.permit_ma
        self.unpermitted_ms = self.unpermitted_ms + ms if is_unpermitted else 0

    def _judge_power(self, letter: Letter) -> None:
        """I1: the coil is driven only while car, diode, bolt, permit and charger say so."""
        supervisor = self.world.supervisor
        out = supervisor.outputs
        faults = supervisor.faults
        _hold(out.contactor in CLOSED, f"I1: coil on, contactor {CONTACTOR_STATES[out.contactor]}")
        _hold(faults.high_count == 0, f"I1: coil on with faults {faults.bitmap():#x}")
        _hold(self.diodeless_ms < DIODE_MS, "I1: coil on without a diode")
        limit_ms = TRUST_MS + self._blank_ms
        _hold(self.unready_ms < limit_ms, f"I1: coil on {self.unready_ms} ms after the last C")
        _hold(
            self.unpermitted_ms <= self._stop_ms,
            f"I1: coil on {self.unpermitted_ms} ms after the permit",
        )
        is_held = out.lock in lock.READY or faults.is_raised(fault.LOCK_LOST)
        _hold(is_held, f"I1: coil on, bolt {LOCK_STATES[out.lock]}")

    def _judge_books(self, fallen: int) -> None:
        """I6: each fall of the coil is one stop. A dropout is booked once it is understood."""
        out = self.world.supervisor.outputs
        booked = out.stop_count - self._stops
        self._stops = out.stop_count
        self.owed += fallen - booked
        is_energised = out.sequence in (sequence.CHARGING, sequence.STOPPING)
        most = 1 if is_energised and not out.coil else 0
        _hold(0 <= self.owed <= most, f"I6: {self.owed} stops not booked")
        _hold(booked == 0 or out.stop_reason != 0, "I6: a stop has no reason")

    def _judge_offer(self) -> None:
        """I2 and I3: PWM only with a permit and no fault that stops, and never too much."""
        supervisor = self.world.supervisor
        faults = supervisor.faults
        _hold(self.permit_ma > 0, "I2: PWM without a permit")
        is_good = faults.high_count == 0 and faults.medium_count == 0
        _hold(is_good, f"I2: PWM with faults {faults.bitmap():#x}")
        offered_ma = current_of(supervisor.outputs.duty_ticks)
        safe_ma = min(supervisor.settings.max_ma, supervisor.limit.safe_ma)
        if self.world.is_socket:
            safe_ma = min(safe_ma, supervisor.outputs.cable_ma)
        _hold(offered_ma <= safe_ma, f"I3: {offered_ma} mA offered, {safe_ma} mA allowed")
        self.over_ms = self.over_ms + TICK_MS if offered_ma > self.permit_ma else 0
        _hold(self.over_ms <= self._gap_ms, f"I3: above the permit for {self.over_ms} ms")

    def _judge_closing(self) -> None:
        supervisor = self.world.supervisor
        _hold(self.open_ms >= self._reclose_ms, f"I4: closed {self.open_ms} ms after opening")
        _hold(self.permit_ma > 0, "I1: closed without a permit")
        _hold(self.ready_ms >= self._ready_ms, f"I1: closed after {self.ready_ms} ms of C")
        is_good = supervisor.faults.medium_count == 0
        _hold(is_good, f"I1: closed with faults {supervisor.faults.bitmap():#x}")
        _hold(supervisor.outputs.lock in lock.READY, "I1: closed with the bolt out")


def _hold(is_true: bool, words: str) -> None:
    if not is_true:
        raise Broken(words)
