"""Keys of the world: what may be said of a car and of everything that can break round it.

Beside ``keys.py``, which has the other sections and the rules for all of them. Old keys stay as
they are; new ones come at the end of their section.
"""

from ampkeeper.board.emulated import profiles, sleep
from ampkeeper.board.emulated.converters import CHECKS
from ampkeeper.board.emulated.key import BOOLEAN, INTEGER, NUMBER, TEXT, Key

# fmt: off
EV = (
    Key("plugged", BOOLEAN, "The car is plugged in. A locked plug stays in the socket."),
    Key("ready", BOOLEAN, "The car wants to charge: it closes S2 once current is offered; false "
        "opens S2 at once. Initially true."),
    Key("ventilation", BOOLEAN, "The car asks for ventilation: state D instead of C."),
    Key("max_a", NUMBER, "The most the car's charger takes per phase.", 0, 80, "A"),
    Key("phases", INTEGER, "Phases that the car's charger uses.", 1, 3),
    Key("cable_a", INTEGER, "Resistor in the cable's plug.", unit="A", choices=(13, 20, 32, 63)),
    Key("diode", TEXT, "The diode in the car's pilot circuit.", choices=("ok", "short", "open")),
    Key("reaction_ms", INTEGER, "Time until the car follows another duty; after X1 it opens S2 "
        "without current after this, but not before 2 s.", 0, 60_000, "ms"),
    Key("obeys_limit", BOOLEAN, "false: the car ignores the pilot, draws max_a and keeps S2 "
        "closed."),
    Key("sleepy", BOOLEAN, "The car stays in B until the second time that a PWM starts."),
    Key("soc_percent", NUMBER, "State of charge; at 100 the car opens S2.", 0, 100, "%"),
    Key("capacity_wh", INTEGER, "Capacity of the battery; keeps the state of charge.",
        100, 1_000_000, "Wh"),
    Key("profile", TEXT, "A car of cars.toml: its settings replace all but plugged, ready, "
        "cable_a and capacity_wh, then the other keys of the request apply.",
        choices=profiles.names()),
    Key("min_a", NUMBER, "Below this offer the car does not charge.", 6, 32, "A"),
    Key("ramp_a_s", NUMBER, "How fast the current moves; null: from nothing to max_a in 1 s.",
        0.1, 1_000, "A/s", is_nullable=True),
    Key("power_factor", NUMBER, "Active through apparent power.", 0.5, 1),
    Key("imbalance_percent", INTEGER, "L2 and L3 carry this much less than L1.", 0, 100, "%"),
    Key("rounding", TEXT, "How the car rounds the offer to whole amperes.",
        choices=("none", "floor", "nearest")),
    Key("stop_ms", INTEGER, "From X1 until S2 opens; null: as with reaction_ms.", 0, 60_000, "ms",
        is_nullable=True),
    Key("stubborn_ms", INTEGER, "The car goes on drawing for this long after X1.",
        0, 3_600_000, "ms"),
    Key("stays_in_c", BOOLEAN, "After X1 the car ends the current but keeps S2 closed."),
    Key("simplified", BOOLEAN, "The car closes S2 when it is plugged in, does not read the duty "
        "and draws at most 10 A."),
    Key("hlc_ms", INTEGER, "The car tries to talk digitally for this long before it reads the "
        "duty.", 0, 600_000, "ms"),
    Key("wakes_on", TEXT, "What wakes a sleepy car: another PWM edge, the pilot open or at -12 V "
        "for wake_ms, its own clock or a B-C-B toggle after wake_ms of PWM, or nothing.",
        choices=sleep.WAYS),
    Key("wake_ms", INTEGER, "See wakes_on.", 0, 3_600_000, "ms"),
    Key("replug_ms", INTEGER, "Before the car charges on other phases than before, the pilot must "
        "have been open for this long.", 0, 600_000, "ms"),
    Key("bounce_count", INTEGER, "S2 bounces so many times each way.", 0, 20),
    Key("bounce_ms", INTEGER, "Length of one bounce of S2.", 0, 1_000, "ms"),
    Key("c_pulse_ms", INTEGER, "Before S2 closes for good it closes once for this long.",
        0, 5_000, "ms"),
    Key("bcb_count", INTEGER, "B-C-B toggles before S2 closes for good.", 0, 3),
    Key("bcb_ms", INTEGER, "Length of one half of a toggle.", 50, 2_000, "ms"),
    Key("glitch_ms", INTEGER, "After a new duty the pilot shows B for this long.", 0, 2_000, "ms"),
    Key("glitch_delay_ms", INTEGER, "From the new duty to the glitch.", 0, 5_000, "ms"),
    Key("diode_pulse_ms", INTEGER, "Before S2 closes for good the car goes to C, bridges its diode "
        "for this long, and goes back to B.", 0, 5_000, "ms"),
    Key("plug_bounce_ms", INTEGER, "The pilot contact flaps for this long when the plug goes in "
        "or out.", 0, 1_000, "ms"),
    Key("pp_ohm", INTEGER, "Coding resistor of the cable; null: what cable_a means.",
        0, 1_000_000, "ohm", is_nullable=True),
    Key("pp_drift_ohm_s", NUMBER, "The coding resistor drifts while the plug is in.",
        -10_000, 10_000, "ohm/s"),
    Key("diode_low_v", NUMBER, "What a leaky diode leaves of the lower half wave.", -12, 0, "V"),
    Key("resistor_b_ohm", INTEGER, "The car's resistor that is always there.", 100, 10_000, "ohm"),
    Key("resistor_c_ohm", INTEGER, "In parallel when S2 is closed.", 50, 10_000, "ohm"),
    Key("resistor_d_ohm", INTEGER, "In parallel when S2 is closed and ventilation asked for.",
        50, 10_000, "ohm"),
    Key("pilot_series_ohm", INTEGER, "Resistance of the pilot wire.", 0, 10_000, "ohm"),
    Key("pilot_capacitance_nf", NUMBER, "Capacitance from pilot to earth.", 0, 100, "nF"),
    Key("f_allergic", BOOLEAN, "State F leaves a permanent fault in the car."),
    Key("phase_hazard", BOOLEAN, "More phases than before, without unplugging, leave a permanent "
        "fault in the car."),
    Key("leak_dc_ma", NUMBER, "DC that leaks to earth in the car while its inlet is live.",
        -500, 500, "mA"),
    Key("leak_ac_ma", NUMBER, "The same of AC.", 0, 500, "mA"),
    Key("leak_ma_s", NUMBER, "How fast that leakage rises; 0: at once.", 0, 1_000, "mA/s"),
)
CAUSES = (
    Key("contactor_welded", BOOLEAN, "Main contacts and mirror stay closed."),
    Key("contactor_stuck", BOOLEAN, "Main contacts and mirror stay open."),
    Key("rcd_dc_ma", NUMBER, "DC residual current; trips at 6.", 0, 500, "mA"),
    Key("rcd_ac_ma", NUMBER, "AC residual current; trips at 30.", 0, 500, "mA"),
    Key("pe_open", BOOLEAN, "The protective conductor is interrupted."),
    Key("temperature_c", NUMBER, "Temperature inside the charger.", -40, 150, "°C"),
    Key("lock_stuck", BOOLEAN, "The lock's bolt does not move."),
    Key("lock_feedback_lost", BOOLEAN, "The lock's switch says open, whatever the bolt does."),
    Key("emergency_stop", BOOLEAN, "The emergency stop is pressed."),
    Key("supply_lost", BOOLEAN, "No mains ahead of this EVSE's contactor."),
    Key("pilot_noise", INTEGER, "Standard deviation of white noise on the pilot.", 0, 5_000, "mV"),
    Key("pilot_short", TEXT, "Short from pilot to earth, at the plug or behind the car's diode.",
        choices=("none", "plug", "after_diode")),
    Key("pp_short", BOOLEAN, "Short from proximity contact to earth."),
    Key("overdraw_percent", INTEGER, "The car draws this much above the offer.", 0, 100, "%"),
    Key("meter", TEXT, "What the meter does on its bus.",
        choices=("ok", "silent", "nan", "frozen", "backwards", "dropping", "negative")),
    Key("reader", TEXT, "What the reader does on its line; one for the whole station.",
        choices=("ok", "silent")),
    Key("pilot_link", TEXT, "The line between station and pilot board.",
        choices=("ok", "silent", "noisy")),
    Key("disk", TEXT, "The disk under the state directory; one for the whole station.",
        choices=("ok", "full")),
    Key("overdraw_ms", INTEGER, "The overdraw ends after this long; 0: never.",
        0, 3_600_000, "ms"),
    Key("mirror", TEXT, "What the mirror contact says, whatever the main contacts do.",
        choices=("ok", "open", "made")),
    Key("rcd_dead", BOOLEAN, "The residual current monitor answers to nothing, not to its test "
        "either."),
    Key("n_open", BOOLEAN, "The neutral is interrupted ahead of the charger."),
    Key("voltage_percent", NUMBER, "Voltage at this EVSE, of the grid's.", 0, 150, "%"),
    Key("brown_out_ms", INTEGER, "The mains are away for this long, from now on.",
        0, 3_600_000, "ms"),
    Key("outlet_fed", BOOLEAN, "Voltage behind the contactor comes from elsewhere."),
    Key("outlet_dead", BOOLEAN, "The contactor lets no voltage through."),
    Key("phase_relay", TEXT, "Where the relay between one phase and three is stuck, whatever it is "
        "told.", choices=("ok", "one", "three")),
    Key("measuring", TEXT, "Who knows currents and voltages: the board's own sensors, only the "
        "station's meter, or nobody.", choices=("ok", "meter", "lost")),
    Key("contactor_closings", INTEGER, "Closings that the contactor had behind it when service "
        "built it in, as service tells the charger.", 0, 1_000_000),
    Key("tamper", TEXT, "What the tamper contacts say.",
        choices=("none", "enclosure", "tilt", "water")),
    Key("rail_mv", INTEGER, "Both rails of the pilot, the lower one without its sign.",
        0, 20_000, "mV"),
    Key("check_failed", INTEGER, "Number of the pilot board's self-test that fails; 0: none.",
        choices=(0, *CHECKS)),
    Key("lock_uncharged", BOOLEAN, "Not enough energy is stored for one unlocking."),
    Key("plug_temperature_c", NUMBER, "Temperature in the connector; null: as inside.",
        -40, 150, "°C", is_nullable=True),
    Key("temperature_sensor", TEXT, "The sensor inside the charger.",
        choices=("ok", "open", "short")),
    Key("pilot_ripple", INTEGER, "Amplitude of 50 Hz on the pilot.", 0, 5_000, "mV"),
    Key("pilot_burst", INTEGER, "Standard deviation of the noise for 30 ms after the contactor "
        "moved.", 0, 10_000, "mV"),
    Key("pilot_spikes", INTEGER, "Single samples on the pilot that are 5 V off.", 0, 1_000, "/s"),
    Key("pilot_open", BOOLEAN, "The pilot wire is broken."),
    Key("pp_open", BOOLEAN, "The proximity contact is open."),
    Key("meter_lag_s", INTEGER, "The meter shows what was true so long ago.", 0, 10, "s"),
)
# fmt: on
