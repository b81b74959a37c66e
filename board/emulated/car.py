"""Car: what an electric vehicle does on the other end of the pilot wire.

It reads the duty as IEC 61851-1 tells a car to, closes and opens S2, and draws current while
the inlet is live; what it does otherwise is in its settings. It decides nothing for the charger
and has no clock: the world steps it. Left out: charging losses, ISO 15118. Integers only: mA,
uW, mWh, ms.
"""

from typing import Any

from ampkeeper.board.emulated.car_settings import SETTINGS, CarSettings
from ampkeeper.board.emulated.circuit import Load
from ampkeeper.board.emulated.contacts import Contacts
from ampkeeper.board.emulated.draw import Draw
from ampkeeper.board.emulated.ear import Ear, current_ma_allowed
from ampkeeper.board.emulated.profiles import with_profile
from ampkeeper.board.emulated.sleep import Sleep
from ampkeeper.firmware.safety.signals import DUTY_F

UW_MS_PER_MWH = 3_600_000_000

__all__ = ["Car", "current_ma_allowed"]


class Car(CarSettings):
    """One car and its cable. ``change`` it at any time; call ``step`` regularly."""

    def __init__(self) -> None:
        super().__init__()
        self.battery_mwh = 12_000_000
        self.is_s2_closed = False
        self.current_ma = 0  # on L1
        self.revision = 0  # of the settings
        self.is_hurt = False  # it took lasting harm and charges nowhere any more
        self.leaking_permille = 0  # of its leakage, while the slope is under way
        self.s2_seen: list[int] | tuple[()] = ()  # by the pilot, in each ms, if anything moved
        self._contacts = Contacts()
        self._draw = Draw()
        self._ear = Ear()
        self._sleep = Sleep()
        self._charged_uw_ms = 0  # less than one mWh
        self._leak_ms = 0
        self._duty_ticks = 0
        self._live_phases = 0  # that it last charged on; 0: none since it was plugged in

    @property
    def edges(self) -> int:
        """Times that a PWM started since the car was plugged in."""
        return self._sleep.edges

    @property
    def soc_percent(self) -> float:
        """State of charge, 0 to 100."""
        return self.battery_mwh / (self.capacity_wh * 10)

    def set_soc(self, soc_percent: float) -> None:
        """Fill the battery to ``soc_percent``."""
        self.battery_mwh = round(self.capacity_wh * soc_percent * 10)

    def change(self, values: dict[str, Any]) -> None:
        """Apply checked settings; a profile comes first, a new capacity keeps the charge."""
        values = with_profile(values)
        self.revision += 1
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

    def moving(self) -> tuple[int, ...]:
        """What of ``save`` changes by itself, beside the battery, which the register tells."""
        sleep = self._sleep
        return sleep.edges, sleep.is_woken, sleep.needs_replug, self.is_hurt, self._live_phases

    def save(self) -> dict[str, Any]:
        """What the car still knows after the charger's power was cut."""
        kept = {name: getattr(self, name) for name in SETTINGS}
        kept["battery"] = [self.battery_mwh, self._charged_uw_ms]
        kept["state"] = [self.is_hurt, self._live_phases, self._sleep.save()]
        return kept

    def load(self, kept: dict[str, Any]) -> None:
        """Take up what ``save`` returned; the pilot had gone, so S2 is open."""
        self.revision += 1
        for name in SETTINGS:
            setattr(self, name, kept[name])
        self.battery_mwh, self._charged_uw_ms = kept["battery"]
        self.is_hurt, self._live_phases, sleep = kept["state"]
        self._sleep.load(sleep)

    def step(
        self,
        elapsed_ms: int,
        duty_ticks: int,
        is_live: bool,
        is_heard: bool = True,
        phases: int = 3,
    ) -> None:
        """Let time pass with this duty on the pilot and ``phases`` of the inlet live or not.

        A pilot that is not heard is open or shorted somewhere; to the car there is no voltage.
        """
        if not self.plugged:
            self._forget()
            return
        self._hear(elapsed_ms, duty_ticks if is_heard else DUTY_F, not is_heard)
        if is_live:
            self._stand_on(phases)
        self.s2_seen = self._contacts.step(elapsed_ms, self._wants_s2(), self)
        self.is_s2_closed = self._contacts.is_closed
        is_flowing = self.is_s2_closed and is_live
        permille = self.battery_mwh // self.capacity_wh
        self._draw.step(elapsed_ms, self, self._ear, is_flowing, permille)
        self.current_ma = self._draw.current_ma
        self._leak(elapsed_ms, is_live)

    def currents_ma(self, phases: int) -> tuple[int, int, int]:
        """What it draws on L1, L2 and L3 where so many phases are there."""
        return self._draw.on(min(phases, self.phases), self.imbalance_percent)

    def put_on(self, load: Load) -> None:
        """Describe the car's pilot circuit, but S2 and the plug."""
        load.has_ventilation = self.ventilation
        load.diode = self.diode
        load.diode_low_mv = round(self.diode_low_v * 1_000)
        load.base_ohm, load.s2_ohm = self.resistor_b_ohm, self.resistor_c_ohm
        load.ventilation_ohm = self.resistor_d_ohm
        load.series_ohm = self.pilot_series_ohm
        load.capacitance_nf = self.pilot_capacitance_nf

    def store(self, power_uw: int, elapsed_ms: int) -> None:
        """Put the energy of this step into the battery."""
        mwh, self._charged_uw_ms = divmod(
            self._charged_uw_ms + power_uw * elapsed_ms, UW_MS_PER_MWH
        )
        self.battery_mwh = min(self.battery_mwh + mwh, self.capacity_wh * 1_000)

    def _forget(self) -> None:
        """Unplugged: all that happened is over, but harm."""
        self.s2_seen = ()
        self.is_s2_closed = False
        self.current_ma = 0
        self._contacts.forget()
        self._draw.forget()
        self._ear.forget()
        self._sleep.forget()
        self._live_phases = 0
        self._leak_ms = self.leaking_permille = 0
        self._duty_ticks = 0

    def _hear(self, elapsed_ms: int, duty_ticks: int, is_open: bool) -> None:
        ear = self._ear
        ear.step(elapsed_ms, duty_ticks, self)
        if ear.is_offered and not ear.was_offered:
            self._sleep.hear_edge()
        is_f = duty_ticks == DUTY_F and not is_open
        if self.sleepy or self.replug_ms:
            self._sleep.step(elapsed_ms, self, is_open, is_f, ear.is_offered)
        if is_open:
            self._contacts.greets = True
        if is_f and self.f_allergic:
            self.is_hurt = True
        if duty_ticks != self._duty_ticks and ear.is_offered and ear.was_offered:
            self._contacts.glitch(self)
        self._duty_ticks = duty_ticks

    def _stand_on(self, phases: int) -> None:
        """The inlet is live on ``phases``; other ones than before are news, or harm."""
        if phases == self._live_phases:
            return
        if self._live_phases:
            self.is_hurt |= self.phase_hazard and phases > self._live_phases
            self._sleep.find_other_phases(self)
        self._live_phases = phases

    def _wants_s2(self) -> bool:
        is_full = self.battery_mwh >= self.capacity_wh * 1_000
        if self.is_hurt or not self.ready or is_full:
            return False
        if self.simplified or not self.obeys_limit:
            return True
        if self._sleep.is_asleep(self):
            return False
        is_staying = self.stays_in_c and self.is_s2_closed and self._duty_ticks != DUTY_F
        return self._ear.heard_ma > 0 or is_staying

    def _leak(self, elapsed_ms: int, is_live: bool) -> None:
        """Leakage flows while the inlet is live, and may rise slowly."""
        if not is_live or not (self.leak_dc_ma or self.leak_ac_ma):
            self._leak_ms = self.leaking_permille = 0
            return
        self._leak_ms += elapsed_ms
        most_ma = max(abs(self.leak_dc_ma), abs(self.leak_ac_ma))
        risen_ma = self.leak_ma_s * self._leak_ms / 1_000 if self.leak_ma_s else most_ma
        self.leaking_permille = round(min(1.0, risen_ma / most_ma) * 1_000)
