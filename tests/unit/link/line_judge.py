"""What ring 1 may do with the orders that reached it and the car that is really there.

A second opinion, in few lines and none of ring 1's: it looks at the plug's voltage, the orders
that a sound board must take (``line_ear``) and the coil, the duty and the phase relay.
"""

from ampkeeper.hal.link.messages import COMMAND, PERMIT, RESTORE_FAULTS, SETTINGS
from tests.unit.link.line_ear import Ear
from tests.unit.link.link_bench import TICK_MS, Bench, captive

A_MV, C_MV, D_MV, E_MV = 12_000, 6_000, 3_000, 0
X1 = 62_500
NEVER_MS = -1_000_000
TRUST_MS = 100 + 20 + TICK_MS  # REQ-CP-04, and two blocks of debounce
FILTER_MS = 60  # of the vehicle's profile at most
LEAVE_MS = 50  # REQ-CP-02: from the edge until the coil is off
COMMAND_CODES = 10


class Judge:
    """Watches one boot of one board. ``deliver`` bytes to it, and ``watch`` after each tick."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench
        self.ear = Ear(bench.status()["epoch"])
        self.refused_at_least = 0  # orders that ring 1 must not take
        self.closings = 0
        self.duty_changes = 0
        self._settings = dict(vars(captive()))
        self._offered: dict[str, int] = {"settings_id": 0}
        self._is_reminded = False  # told, since this boot, which faults there were before it
        self._permit_at_ms = NEVER_MS
        self._permit_ma = 0
        self._died_ms = 0  # the last permit of 6 A or more: expired or withdrawn
        self._ready_ms = NEVER_MS  # the plug showed C, or D that is allowed
        self._since_ms = 0  # without a break
        self._left_ms = 0  # the plug last showed neither A nor a short
        self._closed_ms = self._opened_ms = self._duty_ms = NEVER_MS
        self._offer_before = X1
        self._coil, self._duty, self._relay = 0, X1, bench.out.phases

    def deliver(self, data: bytes) -> None:
        """Hand the bytes to the board, and follow what it must make of them."""
        status = self.bench.status()
        for order in self.ear.take(data):
            if order.kind == PERMIT:
                self._permit(order.values, status["settings_id"] != 0)
            elif order.kind == COMMAND:
                self._command(order.values)
            elif order.kind == SETTINGS:
                self._offer(order.values)
        self.bench.board.feed(data)

    def watch(self) -> None:
        """Judge the tick that has just passed."""
        self.ear.pass_time(TICK_MS)
        self.ear.take(b"")  # a beginning that was given up may free a frame behind it
        self._count_matches()
        assert self._is_reminded or not self.bench.status()["settings_id"]
        bench = self.bench
        now_ms = bench.now_ms
        self._look_at_plug(now_ms)
        self._look_at_permit(now_ms)
        out = bench.out
        if out.coil and not self._coil:
            self._may_close(now_ms)
        if self._coil and not out.coil:
            self._opened_ms = now_ms
        if out.coil:
            self._may_stay(now_ms)
        if out.duty_ticks != self._duty:
            self._may_change(now_ms, out.duty_ticks)
        if out.phases != self._relay:
            assert (out.coil, self._coil, bench.inputs.mirror) == (0, 0, 0), now_ms
        self._coil, self._duty, self._relay = out.coil, out.duty_ticks, out.phases

    def _permit(self, values: dict[str, int], is_set_up: bool) -> None:
        if not is_set_up or values["phases"] == 2 or values["flags"] > 3:
            self.refused_at_least += 1
            return
        is_usable = values["current_ma"] >= 6_000 and values["flags"] & 2
        if self._permit_ma and not is_usable:
            self._died_ms = self.bench.now_ms
        self._permit_ma = values["current_ma"] if is_usable else 0
        self._permit_at_ms = self.bench.now_ms

    def _command(self, values: dict[str, int]) -> None:
        is_new = values["command_id"] != self.bench.status()["command_id"]
        if is_new and values["code"] == RESTORE_FAULTS:
            self._is_reminded = True
        if is_new and not 1 <= values["code"] <= COMMAND_CODES:
            self.refused_at_least += 1

    def _offer(self, values: dict[str, int]) -> None:
        """Settings: in force, if so, from the STATUS that names them."""
        if values["settings_id"] != self.bench.status()["settings_id"]:
            self._offered = values
            self.refused_at_least += not self._is_reminded

    def _count_matches(self) -> None:
        """Every frame is an order for ring 1, an answer, or in a counter; and STATUS tells it."""
        ear, board = self.ear, self.bench.board
        link, status = board.link, board.link.status.values
        assert link.parser.good_count == ear.frames.good
        assert link.unknown_count + link.invalid_count == ear.invalid
        assert link.garbled_count() == ear.frames.garbled
        least = ear.stale + self.refused_at_least
        assert least <= link.refused_count <= ear.stale + ear.accepted
        assert status["invalid_count"] == ear.invalid
        assert status["garbled_count"] == ear.frames.garbled
        assert status["refused_count"] == link.refused_count
        assert status["epoch"] == ear.epoch
        assert status["counter"] == ear.counter

    def _look_at_plug(self, now_ms: int) -> None:
        level_mv = self.bench.inputs.cp_high_mv
        is_ready = level_mv == C_MV or (level_mv == D_MV and self._settings["has_ventilation"])
        if is_ready:
            self._ready_ms = now_ms
        else:
            self._since_ms = now_ms
        if level_mv not in (A_MV, E_MV):
            self._left_ms = now_ms

    def _look_at_permit(self, now_ms: int) -> None:
        age_ms = now_ms - self._permit_at_ms
        if self._permit_ma and age_ms > self._settings["permit_ms"]:
            self._permit_ma = 0
            self._died_ms = now_ms
        status = self.bench.status()
        if self._offered["settings_id"] == status["settings_id"]:
            self._settings |= self._offered

    def _may_close(self, now_ms: int) -> None:
        self.closings += 1
        self._closed_ms = now_ms
        assert self._permit_ma >= 6_000, f"{now_ms}: closed without a permit"
        held_ms = now_ms - self._since_ms
        assert held_ms >= self._settings["ready_ms"] - TICK_MS, f"{now_ms}: C for {held_ms} ms"
        wait_ms = now_ms - self._opened_ms
        assert wait_ms >= self._settings["reclose_ms"], f"{now_ms}: {wait_ms} ms after opening"

    def _may_stay(self, now_ms: int) -> None:
        if not self._permit_ma:
            late_ms = now_ms - self._died_ms
            assert late_ms <= self._settings["stop_ms"] + 2 * TICK_MS, f"{now_ms}: no permit"
        assert now_ms - self._left_ms <= LEAVE_MS, f"{now_ms}: A or E"
        blind_ms = max(
            self._duty_ms + self._settings["duty_blank_ms"],
            self._closed_ms + self._settings["switch_blank_ms"],
        )
        since_ms = max(self._ready_ms, min(blind_ms, now_ms))
        assert now_ms - since_ms <= TRUST_MS + FILTER_MS, f"{now_ms}: not C"

    def _may_change(self, now_ms: int, duty: int) -> None:
        is_offer = 0 < duty < X1
        if is_offer:
            assert self._permit_ma >= 6_000, f"{now_ms}: {duty} without a permit"
        if is_offer and 0 < self._duty < X1:
            self.duty_changes += 1
            may_fall = self._settings["has_meter"] or self._settings["is_stepping_down_at_once"]
            is_in_time = now_ms - self._duty_ms >= self._settings["pwm_gap_ms"]
            assert is_in_time or (duty < self._duty and may_fall), f"{now_ms}: {duty} too soon"
        elif is_offer and now_ms - self._duty_ms < self._settings["pwm_gap_ms"]:
            assert duty <= self._offer_before, f"{now_ms}: {duty} round a pause"
        self._offer_before = duty if is_offer else self._offer_before
        self._duty_ms = now_ms
