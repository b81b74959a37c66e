"""OpenEVSE twin: RAPI at its end of the line, and the controller's machine behind it.

Modeled: the debounce of states (250 ms, 25 ms to A), the earth test 1 s after closing, the stuck
relay 1 s after opening, residual-current retries (6, every 5 min, then hard), temperatures with
derating and stop, the heartbeat with its limit, boot lock, sleep of at most 3 s, EEPROM writes,
states told unasked. Words it answers: ``openevse_words.py``.
"""

from ampkeeper.board.emulated.bought.car import Car

DEBOUNCE_MS, DEBOUNCE_A_MS = 250, 25
CLOSE_MS = 100
TEST_MS = 1_000  # earth after closing, relay after opening
SLEEP_MS = 3_000  # for the car to open S2
RETRY_MS, RETRIES_MAX = 300_000, 6
HALF_DC, QUARTER_DC, STOP_DC, RESTORE_DC = 650, 680, 710, 620
UNKNOWN, READY, PLUGGED, CHARGING, VENT = range(5)
DIODE, GFI, NO_GROUND, STUCK = range(5, 9)
GFI_TEST, HOT, OVER_CURRENT = 0x09, 0x0A, 0x0B
SLEEPING, DISABLED = 0xFE, 0xFF
STATES = {"A": READY, "B": PLUGGED, "C": CHARGING, "D": VENT}
ABSENT_DC = -2_560
BUTTON_OFF = 0x8000
HARD_FAULT, RELAY, GFI_TRIPPED, CONNECTED, BOOT_LOCK = 0x0002, 0x0040, 0x0080, 0x0100, 0x4000


class OpenEvse:
    """The controller and its car. ``current_a`` is what it was set to."""

    def __init__(self, car: Car, firmware: str = "8.2.3", protocol: str = "5.2.1") -> None:
        self.car = car
        self.firmware = firmware
        self.protocol = protocol
        self.capacity_a, self.hardware_a = 24, 48  # EEPROM; board
        self.eeprom_writes = 0
        self.temperatures_dc = [335, ABSENT_DC, ABSENT_DC]
        self.has_boot_lock = False
        self.flags = 0x0001  # $GE, EEPROM; L2
        self.has_menu = True  # built with a button that can be switched off
        self.is_leaking = self.is_earthless = self.is_relay_stuck = self.is_over_drawn = False
        self.interval_s, self.fallback_a = 0, 6  # heartbeat; 0: none
        self.told: list[str] = []  # unasked, to be sent
        self.lost_count = 0  # so many orders to sleep are still confirmed and not taken
        self.power_up(is_first=True)

    def power_up(self, is_first: bool = False) -> None:
        """Boot: enabled with what the EEPROM says, unless the boot lock holds it."""
        self.current_a = self.capacity_a
        self.fault = 0
        self.is_hard = False
        self.is_sleeping = self.is_disabled = False
        self.is_boot_locked = self.has_boot_lock
        self.trips = 0
        self.trigger = 0  # heartbeat: 0 never missed, 1 acknowledged, 2 in force
        self.is_on = False
        self.state = UNKNOWN
        self._seen, self._seen_ms = "A", 0
        self._quiet_ms = self._fault_ms = self._sleep_ms = self._moved_ms = 0
        if not is_first:
            self.told.append("AB 00 " + self.firmware)

    @property
    def amps(self) -> int:
        """What the pilot offers once it may: derated, or limited by a missed heartbeat."""
        amps = min(self.current_a, self.fallback_a) if self.trigger == 2 else self.current_a
        hottest_dc = max(self.temperatures_dc)
        divisor = 4 if hottest_dc >= QUARTER_DC else 2 if hottest_dc >= HALF_DC else 1
        return max(6, amps // divisor) if divisor > 1 else amps

    @property
    def offered_ma(self) -> int:
        """What PWM says; 0: steady."""
        is_off = self.is_sleeping or self.is_disabled or self.is_boot_locked or self.fault
        return 0 if is_off or not self.car.is_plugged else self.amps * 1_000

    @property
    def current_ma(self) -> int:
        """What flows in each phase."""
        return self.car.current_ma(self.offered_ma, self.is_on)

    @property
    def shown(self) -> int:
        """The state as ``$GS`` tells it."""
        if self.is_disabled:
            return DISABLED
        if self.is_sleeping or self.is_boot_locked:
            return SLEEPING
        return self.fault or self.state

    @property
    def vflags(self) -> int:
        """As ``$GS`` tells them."""
        return (
            HARD_FAULT * self.is_hard
            | RELAY * (self.is_on or self.is_relay_stuck)
            | GFI_TRIPPED * bool(self.trips)
            | CONNECTED * self.car.is_plugged
            | BOOT_LOCK * self.is_boot_locked
        )

    def sleep(self) -> None:
        """End the offer; the car has some seconds to open S2."""
        if self.lost_count:
            self.lost_count -= 1
            return
        self.is_sleeping, self.is_disabled = True, False

    def enable(self) -> None:
        """Wake up."""
        self.is_sleeping = self.is_disabled = False
        self._fault_ms = 0

    def switch_button(self, is_on: bool) -> bool:
        """Keep whether the front button does anything; return False if it cannot be told."""
        if self.has_menu:
            self.flags = self.flags & ~BUTTON_OFF | BUTTON_OFF * (not is_on)
            self.eeprom_writes += 1
        return self.has_menu

    def press(self, is_long: bool = False) -> None:
        """Press the front button: asleep or awake; switched off it only tells."""
        if self.flags & BUTTON_OFF:
            self.told.append(f"AN {is_long:d}")
        elif not is_long and (self.is_sleeping or self.is_disabled):
            self.enable()
        else:  # a long press opens the menu, which sleeps too
            self.sleep()

    def disable(self) -> None:
        """-12 V at once; opens under load."""
        self.is_disabled, self.is_sleeping = True, False
        self.is_on = False

    def beat(self) -> None:
        """A pulse of the heartbeat."""
        self._quiet_ms = 0

    def step(self, elapsed_ms: int) -> None:
        """Let time pass; changes of what is shown are told unasked."""
        before = (self.shown, self.vflags)
        self.car.step(elapsed_ms, self.offered_ma, self.is_on)
        self._watch_heart(elapsed_ms)
        self._settle(elapsed_ms)
        self._judge(elapsed_ms)
        self._switch(elapsed_ms)
        if (self.shown, self.vflags) != before:
            self.told.append(f"AT {self.shown:02x} {self.state:02x} {self.amps} {self.vflags:04x}")

    def _watch_heart(self, elapsed_ms: int) -> None:
        self._quiet_ms += elapsed_ms
        if self.interval_s and self._quiet_ms >= self.interval_s * 1_000:
            self.trigger = 2

    def _settle(self, elapsed_ms: int) -> None:
        """Believe a class after its debounce."""
        seen = self.car.state
        self._seen_ms = self._seen_ms + elapsed_ms if seen == self._seen else elapsed_ms
        self._seen = seen
        if self._seen_ms >= (DEBOUNCE_A_MS if seen == "A" else DEBOUNCE_MS):
            self.state = STATES[seen]

    def _judge(self, elapsed_ms: int) -> None:
        self._moved_ms += elapsed_ms
        hottest_dc = max(self.temperatures_dc)
        is_late = self._moved_ms >= TEST_MS
        causes = (
            (DIODE, self.car.state in "CD" and not self.car.has_diode),
            (GFI, self.is_leaking and self.is_on),
            (NO_GROUND, self.is_earthless and self.is_on and is_late),
            (STUCK, self.is_relay_stuck and not self.is_on and is_late),
            (HOT, hottest_dc >= STOP_DC),
            (OVER_CURRENT, self.is_over_drawn and self.is_on),
        )
        for code, is_bad in causes:
            if is_bad and not self.fault:
                self._fail(code)
        self._heal(elapsed_ms, hottest_dc)

    def _fail(self, code: int) -> None:
        self.fault = code
        self._fault_ms = 0
        if code == GFI:
            self.trips += 1
            self.is_hard = self.trips > RETRIES_MAX
        elif code == STUCK:
            self.is_hard = True

    def _heal(self, elapsed_ms: int, hottest_dc: int) -> None:
        self._fault_ms += elapsed_ms
        is_over = {
            DIODE: self.car.state == "A",
            GFI: self._fault_ms >= RETRY_MS and not self.is_hard,
            NO_GROUND: self._fault_ms >= RETRY_MS and not self.is_earthless,
            HOT: hottest_dc <= RESTORE_DC,
            OVER_CURRENT: self.car.state == "A",
        }
        if is_over.get(self.fault, False):
            self.fault = 0

    def _switch(self, elapsed_ms: int) -> None:
        was_on = self.is_on
        is_ended = self.is_sleeping or self.is_boot_locked
        self._sleep_ms = self._sleep_ms + elapsed_ms if is_ended and self.is_on else 0
        is_wanted = self.state == CHARGING and self.offered_ma > 0
        is_over = self.state not in (CHARGING, VENT) or self._sleep_ms >= SLEEP_MS
        if self.fault or self.is_disabled or is_over:
            self.is_on = False
        elif is_wanted and self._seen_ms >= DEBOUNCE_MS + CLOSE_MS:
            self.is_on = True
        if self.is_on != was_on:
            self._moved_ms = 0
