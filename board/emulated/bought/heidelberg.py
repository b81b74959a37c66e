"""Heidelberg twin: input registers 5 to 18, holding registers 257 to 262, and its watchdog.

Without a request for as long as register 257 says, the limit is that of 262, which is 0 A when it
leaves the factory; any request ends that. Power-up forgets the limit, and keeps the others.
"""

from ampkeeper.board.emulated.bought.car import VOLTAGE_V, Car
from ampkeeper.board.emulated.bought.rtu import ILLEGAL_ADDRESS, ILLEGAL_FUNCTION, ILLEGAL_VALUE

HOLDING, INPUT = 3, 4
WATCHDOG, STANDBY, LOCK, LIMIT, FAIL_SAFE = 257, 258, 259, 261, 262
LIMITS_DA = range(60, 161)
CLOSE_MS, OPEN_MS = 800, 100  # (m)
RELEASE_MS = 6_000  # (m)
DERATED, ERROR_E, LOCKED, ERROR = 8, 9, 10, 11
FIRST_INPUT = 5


class Heidelberg:
    """The wallbox and its car."""

    def __init__(self, car: Car, unit: int = 1) -> None:
        self.car = car
        self.unit = unit
        self.temperature_dc = 253
        self.failure = 0  # ERROR_E or ERROR
        self.is_hot = False
        self.kept = {WATCHDOG: 15_000, STANDBY: 0, LOCK: 1, FAIL_SAFE: 0}
        self.forgets = False  # it takes writes, and keeps none of them
        self.lost_count = 0  # so many limits are still confirmed and not taken
        self.power_up()

    def power_up(self) -> None:
        """Start; the limit of before is gone."""
        self.limit_da = 0
        self.is_on = False
        self.is_fallen = False  # back to the fail-safe limit
        self._quiet_ms = 0
        self._c_ms = self._b_ms = self._release_ms = 0

    @property
    def offered_ma(self) -> int:
        """What PWM says; 0: steady."""
        if self.failure or self.kept[LOCK] == 0 or not self.car.is_plugged:
            return 0
        limit_da = self.kept[FAIL_SAFE] if self.is_fallen else self.limit_da
        return min(limit_da * 100, 6_000 if self.is_hot else 16_000)

    @property
    def current_ma(self) -> int:
        """What flows in each phase."""
        return self.car.current_ma(self.offered_ma, self.is_on)

    def step(self, elapsed_ms: int) -> None:
        """Let time pass."""
        self._quiet_ms += elapsed_ms
        if self.kept[WATCHDOG] and self._quiet_ms >= self.kept[WATCHDOG]:
            self.is_fallen = True
        self.car.step(elapsed_ms, self.offered_ma, self.is_on)
        is_c = self.car.state in "CD"
        self._c_ms = self._c_ms + elapsed_ms if is_c and self.offered_ma else 0
        self._b_ms = self._b_ms + elapsed_ms if not is_c else 0
        is_waiting = self.is_on and is_c and not self.offered_ma
        self._release_ms = self._release_ms + elapsed_ms if is_waiting else 0
        if self.failure or self._b_ms >= OPEN_MS or self._release_ms >= RELEASE_MS:
            self.is_on = False
        elif self._c_ms >= CLOSE_MS:
            self.is_on = True

    def read(self, function: int, address: int, count: int) -> tuple[int, ...] | int:
        """Answer functions 3 and 4."""
        self._hear()
        if function == INPUT:
            block = self._inputs()
            first = FIRST_INPUT
            if first <= address and address + count <= first + len(block):
                return block[address - first : address - first + count]
            return ILLEGAL_ADDRESS
        kept = self.kept | {LIMIT: self.limit_da}
        wanted = range(address, address + count)
        if any(at not in kept for at in wanted):
            return ILLEGAL_ADDRESS
        return tuple(kept[at] for at in wanted)

    def write(self, address: int, values: tuple[int, ...]) -> int:
        """Take function 6."""
        self._hear()
        if len(values) != 1:
            return ILLEGAL_FUNCTION
        value = values[0]
        is_limit = address in (LIMIT, FAIL_SAFE)
        if is_limit and value and value not in LIMITS_DA:
            return ILLEGAL_VALUE
        if address == LIMIT and self.lost_count:
            self.lost_count -= 1
        elif address == LIMIT:
            self.limit_da = value
        elif address in self.kept:
            if not self.forgets:
                self.kept[address] = value
        else:
            return ILLEGAL_ADDRESS
        return 0

    def _hear(self) -> None:
        self._quiet_ms = 0
        self.is_fallen = False

    def _state(self) -> int:
        if self.failure:
            return self.failure
        if self.kept[LOCK] == 0:
            return LOCKED
        offered = int(self.offered_ma > 0 or (not self.car.is_plugged and self.limit_da > 0))
        if self.is_hot and self.is_on:
            return DERATED
        return {"A": 2, "B": 4, "C": 6, "D": 6}[self.car.state] + offered

    def _inputs(self) -> tuple[int, ...]:
        current_da = self.current_ma // 100
        amps_by_phase = [current_da if phase < self.car.phases else 0 for phase in range(3)]
        power_va = sum(amps_by_phase) * VOLTAGE_V // 10
        energy = self.car.energy_wh
        warmth = self.temperature_dc & 0xFFFF
        head = (self._state(), *amps_by_phase, warmth, VOLTAGE_V, VOLTAGE_V, VOLTAGE_V)
        since = (energy >> 16, energy & 0xFFFF)
        return (*head, 1, power_va, *since, *since)
