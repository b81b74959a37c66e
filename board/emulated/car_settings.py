"""Car settings: everything that may be said of a car, with what a plain car has.

The names are those of the control API; ``profiles.py`` sets them from a table of known cars.
"""

from dataclasses import dataclass, fields


@dataclass
class CarSettings:
    """One car's character. Times in ms, resistances in ohm; nothing here moves by itself."""

    profile: str = "plain"  # the row of cars.toml that was last applied
    plugged: bool = False
    ready: bool = True  # wants to charge: closes S2 once the pilot offers current
    ventilation: bool = False
    # what it draws
    max_a: float = 32  # per phase
    min_a: float = 6  # below this offer it does not charge
    phases: int = 3
    ramp_a_s: float | None = None  # None: from nothing to max_a in 1 s
    power_factor: float = 1.0
    imbalance_percent: int = 0  # L2 and L3 carry this much less than L1
    rounding: str = "none"  # of the offer to whole amperes
    overdraw_percent: int = 0
    overdraw_ms: int = 0  # 0: without end
    capacity_wh: int = 60_000
    # how it follows the pilot
    reaction_ms: int = 500
    stop_ms: int | None = None  # from X1 to S2 open; None: 2 s, or reaction_ms if longer
    obeys_limit: bool = True
    stubborn_ms: int = 0  # goes on drawing this long after X1
    stays_in_c: bool = False  # ends the current after X1, but keeps S2 closed
    simplified: bool = False
    hlc_ms: int = 0  # tries to talk digitally this long before it reads the duty
    # when it sleeps
    sleepy: bool = False
    wakes_on: str = "edge"
    wake_ms: int = 4_000
    replug_ms: int = 0  # pilot open for this long before it charges again on other phases
    # what its contacts do
    bounce_count: int = 0
    bounce_ms: int = 0
    c_pulse_ms: int = 0
    bcb_count: int = 0
    bcb_ms: int = 300
    glitch_ms: int = 0
    glitch_delay_ms: int = 500
    diode_pulse_ms: int = 0
    plug_bounce_ms: int = 0
    # its pilot circuit and its cable
    cable_a: int = 32
    pp_ohm: int | None = None  # None: what cable_a codes
    pp_drift_ohm_s: float = 0
    diode: str = "ok"
    diode_low_v: float = -8  # what a leaky diode leaves of the lower half wave
    resistor_b_ohm: int = 2_740
    resistor_c_ohm: int = 1_300
    resistor_d_ohm: int = 270
    pilot_series_ohm: int = 0
    pilot_capacitance_nf: float = 0
    # what it does not bear, and what it does to others
    f_allergic: bool = False
    phase_hazard: bool = False
    leak_dc_ma: float = 0
    leak_ac_ma: float = 0
    leak_ma_s: float = 0  # slope; 0: at once


SETTINGS = tuple(field.name for field in fields(CarSettings))
# What belongs to this visit or this battery and not to the make of car.
OF_THE_VISIT = ("plugged", "ready", "cable_a", "capacity_wh")
