"""Car: what an electric vehicle does on the other end of the pilot wire.

It reads the duty as IEC 61851-1 tells a car to, closes and opens S2, and draws current while
the inlet is live. It decides nothing for the charger and has no clock: the world steps it.
Left out: power factor (always 1), charging losses, ISO 15118. Integers only: mA, uW, mWh, ms.
"""

from typing import Any

from ampkeeper.firmware.safety.signals import DUTY_F

STOP_MS = 2_000  # from X1 to S2 open; Table A.6 seq. 10.1 allows 3 s
RAMP_MS = 1_000  # from nothing to the most the car can take
FULL_PERMILLE = 1_000
TAPER_PERMILLE = 950  # from here the charger on board backs off, linearly, down to TAPER_MA
TAPER_MA = 6_000
UW_MS_PER_MWH = 3_600_000_000
EDGES_TO_WAKE = 2  # a sleepy car misses the first X1 -> PWM edge
SETTINGS = (
    "plugged",
    "ready",
    "ventilation",
    "max_a",
    "phases",
    "cable_a",
    "diode",
    "reaction_ms",
    "obeys_limit",
    "sleepy",
    "capacity_wh",
)


def current_ma_allowed(duty_ticks: int) -> int:
    """What a car may draw at this duty; 0 where charging is not allowed (IEC 61851-1 A.7)."""
    if duty_ticks < 5_000 or duty_ticks > 60_625:  # below 8 %, above 97 %
        return 0
    if duty_ticks < 6_250:  # 8 to 10 %
        return 6_000
    if duty_ticks <= 53_125:  # to 85 %: 0.6 A per percent
        return duty_ticks * 24 // 25
    if duty_ticks <= 60_000:  # to 96 %: 2.5 A per percent above 64 %
        return duty_ticks * 4 - 160_000
    return 80_000


class Car:
    """One car and its cable. Set the public settings at any time; call ``step`` regularly."""

    def __init__(self) -> None:
        self.plugged = False
        self.ready = True  # wants to charge: closes S2 once the pilot offers current
        self.ventilation = False
        self.max_a: float = 32
        self.phases = 3
        self.cable_a = 32
        self.diode = "ok"
        self.reaction_ms = 500
        self.obeys_limit = True
        self.sleepy = False
        self.capacity_wh = 60_000
        self.overdraw_percent = 0
        self.battery_mwh = 12_000_000
        # what follows from the pilot
        self.is_s2_closed = False
        self.current_ma = 0  # per phase that the car uses
        self._charged_uw_ms = 0  # less than one mWh
        self._heard_ma = 0
        self._wait_ms = 0
        self._stop_ms = 0
        self._was_offered = False
        self.edges = 0  # times that a PWM started since the car was plugged in

    @property
    def soc_percent(self) -> float:
        """State of charge, 0 to 100."""
        return self.battery_mwh / (self.capacity_wh * 10)

    def set_soc(self, soc_percent: float) -> None:
        """Fill the battery to ``soc_percent``."""
        self.battery_mwh = round(self.capacity_wh * soc_percent * 10)

    def change(self, values: dict[str, Any]) -> None:
        """Apply checked settings; a new capacity keeps the state of charge."""
        soc_percent = values.get("soc_percent", self.soc_percent)
        for name in SETTINGS:
            if name in values:
                setattr(self, name, values[name])
        if "soc_percent" in values or "capacity_wh" in values:
            self.set_soc(soc_percent)

    def settings(self) -> dict[str, Any]:
        """The settings as the control API names them."""
        shown = {name: getattr(self, name) for name in SETTINGS}
        shown["soc_percent"] = round(self.soc_percent, 3)
        return shown

    def save(self) -> dict[str, Any]:
        """What the car still knows after the charger's power was cut."""
        kept = {name: getattr(self, name) for name in SETTINGS}
        kept["overdraw_percent"] = self.overdraw_percent
        kept["battery"] = [self.battery_mwh, self._charged_uw_ms, self.edges]
        return kept

    def load(self, kept: dict[str, Any]) -> None:
        """Take up what ``save`` returned; the pilot had gone, so S2 is open."""
        for name in (*SETTINGS, "overdraw_percent"):
            setattr(self, name, kept[name])
        self.battery_mwh, self._charged_uw_ms, self.edges = kept["battery"]

    def step(self, elapsed_ms: int, duty_ticks: int, is_live: bool) -> None:
        """Let time pass with this duty on the pilot and the inlet live or not."""
        if not self.plugged:
            self._forget()
            return
        self._hear(elapsed_ms, duty_ticks)
        self.is_s2_closed = self._wants_s2()
        target_ma = self._target_ma() if self.is_s2_closed and is_live else 0
        self._ramp(elapsed_ms, target_ma, is_live)

    def store(self, power_uw: int, elapsed_ms: int) -> None:
        """Put the energy of this step into the battery."""
        mwh, self._charged_uw_ms = divmod(
            self._charged_uw_ms + power_uw * elapsed_ms, UW_MS_PER_MWH
        )
        self.battery_mwh = min(self.battery_mwh + mwh, self.capacity_wh * 1_000)

    def _forget(self) -> None:
        self.is_s2_closed = False
        self.current_ma = 0
        self._heard_ma = 0
        self._wait_ms = 0
        self._stop_ms = 0
        self._was_offered = False
        self.edges = 0

    def _hear(self, elapsed_ms: int, duty_ticks: int) -> None:
        offered_ma = current_ma_allowed(duty_ticks)
        is_offered = offered_ma > 0
        self.edges += is_offered and not self._was_offered
        self._was_offered = is_offered
        if is_offered:
            self._stop_ms = 0
            self._follow(elapsed_ms, offered_ma)
            return
        self._wait_ms = 0
        self._stop_ms = min(self._stop_ms + elapsed_ms, self._stop_ms_max())
        if duty_ticks == DUTY_F or self._stop_ms == self._stop_ms_max():
            self._heard_ma = 0  # a lost pilot counts at once, X1 after the car's own time

    def _follow(self, elapsed_ms: int, offered_ma: int) -> None:
        if offered_ma == self._heard_ma:
            self._wait_ms = 0
            return
        self._wait_ms += elapsed_ms
        if self._wait_ms >= self.reaction_ms:
            self._heard_ma = offered_ma
            self._wait_ms = 0

    def _stop_ms_max(self) -> int:
        return max(STOP_MS, self.reaction_ms)

    def _wants_s2(self) -> bool:
        if not self.ready or self.battery_mwh >= self.capacity_wh * 1_000:
            return False
        if not self.obeys_limit:
            return True
        is_asleep = self.sleepy and self.edges < EDGES_TO_WAKE
        return self._heard_ma > 0 and not is_asleep

    def _target_ma(self) -> int:
        ma_max = round(self.max_a * 1_000)
        if self.obeys_limit:
            is_stopping = not self._was_offered and self._stop_ms >= self._ramp_down_ms()
            ma_max = 0 if is_stopping else min(ma_max, self._heard_ma)
        if self.overdraw_percent and ma_max:
            may_ma = self._heard_ma or ma_max  # more than it may, whatever it otherwise takes
            ma_max = max(ma_max, may_ma * (100 + self.overdraw_percent) // 100)
        return min(ma_max, self._taper_ma(ma_max))

    def _ramp_down_ms(self) -> int:
        """When, after X1, the current starts to fall, so that S2 opens without any."""
        return max(0, min(self.reaction_ms, self._stop_ms_max() - RAMP_MS))

    def _taper_ma(self, ma_max: int) -> int:
        permille = self.battery_mwh // self.capacity_wh
        if permille < TAPER_PERMILLE:
            return ma_max
        left = (FULL_PERMILLE - permille) * ma_max // (FULL_PERMILLE - TAPER_PERMILLE)
        return max(TAPER_MA, left)

    def _ramp(self, elapsed_ms: int, target_ma: int, is_live: bool) -> None:
        if not self.is_s2_closed or not is_live:
            self.current_ma = 0
            return
        step_ma = max(1, round(self.max_a * 1_000) * elapsed_ms // RAMP_MS)
        if self.current_ma < target_ma:
            self.current_ma = min(target_ma, self.current_ma + step_ma)
        else:
            self.current_ma = max(target_ma, self.current_ma - step_ma)
