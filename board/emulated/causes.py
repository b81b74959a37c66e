"""Causes: what is broken or abnormal round one EVSE, besides what its parts hold themselves.

The names are those of the control API; ``faults.py`` says which of them raises which fault.
"""

from ampkeeper.board.emulated.circuit import SHORT_NONE


class Causes:
    """Everything in order, until somebody breaks it."""

    def __init__(self) -> None:
        # protection and supply
        self.pe_open = False
        self.n_open = False
        self.emergency_stop = False
        self.supply_lost = False
        self.voltage_percent: float = 100  # of the grid's, at this EVSE
        self.brown_out_ms = 0  # the mains are away for this much longer
        self.outlet_fed = False  # voltage behind the contactor from elsewhere
        self.phase_relay = "ok"  # "one", "three": where it is stuck, whatever it is told
        self.outlet_dead = False  # closed, but no voltage comes through
        self.tamper = "none"
        self.measuring = "ok"  # "meter": no sensors of the board; "lost": no meter either
        self.contactor_closings = 0  # that the contactor had behind it when it was built in
        # the pilot board
        self.rail_mv = 12_000  # of both rails
        self.check_failed = 0  # number of a self-test of the board; 0: none
        self.lock_uncharged = False
        self.temperature_c: float = 25
        self.plug_temperature_c: float | None = None  # None: as inside
        self.temperature_sensor = "ok"
        # the pilot and the proximity contact
        self.pilot_noise = 0  # mV, standard deviation
        self.pilot_ripple = 0  # mV, amplitude of 50 Hz
        self.pilot_burst = 0  # mV, standard deviation while the contactor moves
        self.pilot_spikes = 0  # per second
        self.pilot_short = SHORT_NONE
        self.pilot_open = False
        self.pp_short = False
        self.pp_open = False
        # lines
        self.pilot_link = "ok"
        self.meter = "ok"
        self.meter_lag_s = 0
