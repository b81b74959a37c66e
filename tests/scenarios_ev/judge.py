"""Judge: the invariants of the simulated world, looked at after every step of 10 ms.

I1 the coil is driven only for a car that asks, with a whole diode, a held plug and a fresh
permit; I2 PWM only with a permit and without faults; I3 no more is offered than is allowed,
but for 5 s after it was lowered; I4 no closing within 10 s of an opening; I5 energy only grows;
I6 every stop has one reason. I7, no dead end, is asked by ``is_ready_again``.
"""

from collections import deque
from typing import TYPE_CHECKING

from ampkeeper.board.emulated.car import Car
from ampkeeper.board.emulated.circuit import SHORT_NONE
from ampkeeper.board.emulated.ear import current_ma_allowed
from ampkeeper.firmware.safety.signals import DUTY_F, DUTY_X1

if TYPE_CHECKING:
    from tests.scenarios_ev.ev_rig import Rig

UNWANTED_MS = 100  # IEC 61851-1 Table A.6 seq. 2.2, 8.1
DUTY_BLANK_MS = 600  # REQ-CP-07: what the requirements give up of seq. 8.1 after a new duty
SWITCH_BLANK_MS = 200  # and after the contactor moved
STOP_MS = 6_000 + 100  # Table A.6 seq. 10.2
PERMIT_MS = 2_000
NOTICE_MS = 1_000  # until a lost bolt counts, and a MEDIUM fault revokes
RAMP_MS = 5_000 + 100  # between two changes of the duty
RECLOSE_MS = 10_000
REASON_MS = 400  # a contactor that dropped out: 300 ms to see whether the mains did
DIODE_LOW_V = -11  # requirements, section 1.2: the lower level while PWM runs


class Judge:
    """``step`` it after each tick; the first breach raises AssertionError."""

    def __init__(self, rig: "Rig") -> None:
        self._rig = rig
        self._elapsed_ms = 0  # of this step
        self._bad_ms = 0  # the car does not ask, or its circuit is broken
        self._gone_ms = 0  # nothing that can be blanked: no contact, a short
        self._unlocked_ms = 0
        self._granted_ms = 10**9  # since the last permit
        self._granted_ma = 0
        self._blank_ms = 0
        self._was_coil = 0
        self._opened_ms = -(10**9)
        self._duty_ticks = DUTY_X1
        self._stop_count = 0
        self._owes_reason = False
        self._energy_mwh = 0
        self._limits_ma: deque[tuple[int, int]] = deque()  # ms, limit, falling: a sliding maximum

    def note_grant(self) -> None:
        """The rig's permit was given just now."""
        self._granted_ms = 0
        self._granted_ma = self._rig.permit_ma

    def step(self, elapsed_ms: int) -> None:
        """Look at the world and at ring 1's outputs as they are now."""
        rig = self._rig
        self._elapsed_ms = elapsed_ms
        self._granted_ms += elapsed_ms
        self._blank_ms = max(0, self._blank_ms - elapsed_ms)
        if rig.out.duty_ticks != self._duty_ticks:
            self._duty_ticks = rig.out.duty_ticks
            self._blank_ms = max(self._blank_ms, DUTY_BLANK_MS)
        self._watch_the_car()
        self._watch_the_coil()
        self._watch_the_offer()
        energy_mwh = rig.evse.register.energy_mwh
        self._check(energy_mwh >= self._energy_mwh, "I5: energy fell")
        self._energy_mwh = energy_mwh

    def _watch_the_car(self) -> None:
        rig, elapsed_ms = self._rig, self._elapsed_ms
        evse, causes = rig.evse, rig.evse.causes
        is_there = evse.plug.is_touching and not causes.pilot_open
        is_there &= causes.pilot_short == SHORT_NONE
        is_whole = _has_diode(evse.car) or not self._is_pwm()  # a diode shows only under PWM
        may_ask = not evse.car.ventilation or rig.ring.settings.has_ventilation
        is_asking = is_there and is_whole and may_ask and evse.car.is_s2_closed
        self._bad_ms = 0 if is_asking else self._bad_ms + elapsed_ms
        self._gone_ms = 0 if is_there else self._gone_ms + elapsed_ms
        is_held = evse.lock.feedback or not evse.spec.is_socket
        self._unlocked_ms = 0 if is_held else self._unlocked_ms + elapsed_ms

    def _is_pwm(self) -> bool:
        return DUTY_F < self._rig.out.duty_ticks < DUTY_X1

    def _watch_the_coil(self) -> None:
        out = self._rig.out
        if out.coil != self._was_coil:
            self._was_coil = out.coil
            self._blank_ms = max(self._blank_ms, SWITCH_BLANK_MS)
            if out.coil:
                self._judge_closing()
            else:
                self._opened_ms = self._rig.now_ms
                self._owes_reason = True
        self._watch_the_books()
        if out.coil:
            self._judge_closed()

    def _watch_the_books(self) -> None:
        """I6. A dropout is judged by what the mains does after it, so its reason comes later."""
        rig = self._rig
        if rig.out.stop_count != self._stop_count:
            self._check(self._owes_reason, "I6: a stop that was none")
            self._check(rig.out.stop_count == self._stop_count + 1, "I6: a stop counted twice")
            self._check(rig.out.stop_reason != 0, "I6: a stop without a reason")
            self._stop_count = rig.out.stop_count
            self._owes_reason = False
        is_late = rig.now_ms - self._opened_ms > REASON_MS
        self._check(not (self._owes_reason and is_late), "I6: a stop that was not counted")

    def _judge_closing(self) -> None:
        rig = self._rig
        self._check(not self._owes_reason, "I6: closed with a stop not accounted for")
        self._check(rig.now_ms - self._opened_ms >= RECLOSE_MS, "I4: closed within 10 s")
        self._check(self._bad_ms == 0, "I1: closed for a car that does not ask")
        self._check(self._unlocked_ms == 0, "I1: closed on a plug that is not held")
        self._check(self._granted_ms <= PERMIT_MS, "I1: closed without a fresh permit")
        self._check(self._granted_ma >= 6_000, "I1: closed without a current to offer")
        self._check(not rig.faults, f"I1: closed with {rig.faults}")

    def _judge_closed(self) -> None:
        allowed_ms = UNWANTED_MS + (self._blank_ms and DUTY_BLANK_MS)
        self._check(self._gone_ms <= UNWANTED_MS, "I1: driven 100 ms after the car was gone")
        self._check(self._bad_ms <= allowed_ms, "I1: driven 100 ms after the car let go")
        self._check(self._granted_ms <= PERMIT_MS + STOP_MS, "I1: driven without a permit")
        self._check(self._unlocked_ms <= NOTICE_MS + STOP_MS, "I1: driven on an open bolt")

    def _watch_the_offer(self) -> None:
        rig = self._rig
        limit_ma = self._limit_ma()
        limits = self._limits_ma
        while limits and limits[-1][1] <= limit_ma:
            limits.pop()
        limits.append((rig.now_ms, limit_ma))
        while limits[0][0] < rig.now_ms - RAMP_MS:
            limits.popleft()
        if not self._is_pwm():
            return
        offered_ma = current_ma_allowed(rig.out.duty_ticks)
        self._check(offered_ma <= limits[0][1], f"I3: {offered_ma} mA of {limits[0][1]}")
        self._check(
            self._granted_ms <= PERMIT_MS + self._elapsed_ms, "I2: PWM without a fresh permit"
        )
        high = rig.ring.faults.high_count
        self._check(high == 0, f"I2: PWM with {rig.faults}")

    def _limit_ma(self) -> int:
        """What may be offered by everything that an onlooker can know."""
        rig = self._rig
        limit_ma = min(rig.ring.settings.max_ma, self._granted_ma)
        if rig.evse.spec.is_socket and rig.evse.car.pp_ohm is None:
            limit_ma = min(limit_ma, rig.evse.car.cable_a * 1_000)
        return limit_ma

    def _check(self, is_kept: bool, text: str) -> None:
        assert is_kept, f"{self._rig.now_ms / 1_000:.2f} s: {text}; {self._rig.told(0)}"


def _has_diode(car: Car) -> bool:
    """Its diode is whole, or leaks no more than the lower level's tolerance."""
    return car.diode == "ok" or (car.diode == "leaky" and car.diode_low_v <= DIODE_LOW_V)


def is_ready_again(rig: "Rig") -> bool:
    """I7: nothing is left of the car that was here, and the next one is welcome."""
    out, evse = rig.out, rig.evse
    is_free = not evse.has_cable and not evse.lock.is_locked
    return out.sequence == 0 and out.coil == 0 and is_free and not rig.faults
