"""What ring 1 sees and drives: the inputs and outputs of one tick, and the fixed settings.

Plain mutable objects with integer fields, made once and reused, so that a tick allocates
nothing. Units: mV, mA, ohm, ms, tenths of a degree Celsius. One set per EVSE.

What a board has no sensor for stays ``UNKNOWN`` (``NO_SENSOR`` for a temperature): it is never
taken as zero, and nothing is judged by it.
"""

PERIOD_TICKS = 62_500  # pilot period 1 ms; 1 tick = 16 ns (RP2040 at 125 MHz / 2)
DUTY_F = 0  # -12 V constant
DUTY_X1 = PERIOD_TICKS  # +12 V constant
PP_OPEN_OHM = 1_000_000  # nothing in the socket

LOCK_REST, LOCK_DRIVE, UNLOCK_DRIVE = range(3)  # lock actuator
OPEN, MADE = range(2)  # mirror contact
NO, YES = range(2)
UNKNOWN = -1  # no such sensor on this board, or no fresh reading
NO_SENSOR = -32_768  # the same for a temperature, which may be below zero
REGION_EU, REGION_US = range(2)  # what follows a residual-current trip; REQ-RCD-04
ENCLOSURE_OPEN, TILTED, WET = 1, 2, 4  # bits of ``tamper``


class Settings:
    """What board and installer fixed. Changed only in state A with the contactor open."""

    def __init__(self) -> None:
        self.max_ma = 16_000  # rating per phase; 6,000 to 80,000
        self.phases = 1  # wired: 1 or 3
        self.is_socket = YES  # NO: captive cable, no proximity and no lock
        self.has_ventilation = NO
        self.permit_ms = 2_000  # a permit's life; 1,000 to 5,000
        self.ready_ms = 500  # C uninterrupted before closing; REQ-CP-03, 300 to 2,500
        self.stop_ms = 6_000  # Table A.6 seq. 10.2: open under load after this
        self.reclose_ms = 10_000  # REQ-CNT-03: between two closings
        self.pwm_gap_ms = 5_000  # Table A.6 seq. 6: between two duty changes
        self.pilot_f_ms = 300  # Table A.5 note: F lasts at least this after a fault; 0: no F
        self.duty_blank_ms = 600  # REQ-CP-07: no C -> B after a duty change; 0: conformance runs
        self.switch_blank_ms = 200  # REQ-CP-07: no change among B, C, D after the contactor moved
        self.region = REGION_EU
        self.has_rcd_test = NO  # YES: the residual-current monitor has a test input
        self.has_meter = NO  # YES: the rules for stale measurements hold
        self.is_stepping_down_at_once = NO  # YES: a lower duty does not wait for pwm_gap_ms
        self.simplified_ma = 10_000  # A.2.3, a car that went from A to C; 0: none, or >= 6,000
        self.voltage_nominal_mv = 230_000  # 1 pu, line to neutral; 120,000 to 277,000
        self.has_phase_relay = YES
        self.has_cp_relay = NO  # YES: the board can cut the pilot


class Inputs:
    """One block of measurements. ``cp_*`` are means over one block of at most 10 ms."""

    def __init__(self) -> None:
        self.cp_high_mv = 12_000
        self.cp_low_mv = 12_000  # equals cp_high_mv while the pilot is constant
        self.cp_noise_mv = 0  # standard deviation inside the block, worse of both levels
        self.pp_ohm = PP_OPEN_OHM
        self.mirror = OPEN
        self.lock_closed = NO  # feedback: bolt is in
        self.rcd_ac = NO  # residual current monitor tripped, AC branch
        self.rcd_dc = NO  # residual current monitor tripped, 6 mA DC branch
        self.pe_ok = YES
        self.emergency_stop = NO
        self.supply_ok = YES  # mains present on L1 ahead of the contactor
        self.over_current = NO  # current monitor: the car draws more than it may
        self.temperature_dc = 250  # tenths of a degree, terminals; or NO_SENSOR
        self.plug_temperature_dc = NO_SENSOR  # second sensor, in the connector
        self.current_l1_ma = UNKNOWN  # per phase, by the board's own current transformers
        self.current_l2_ma = UNKNOWN
        self.current_l3_ma = UNKNOWN
        self.voltage_l1_mv = UNKNOWN  # line to neutral ahead of the contactor; up to 1,000,000
        self.voltage_l2_mv = UNKNOWN
        self.voltage_l3_mv = UNKNOWN
        self.outlet_live = UNKNOWN  # YES: voltage behind the contactor
        self.rail_high_mv = UNKNOWN  # the +12 V supply of the pilot
        self.rail_low_mv = UNKNOWN  # the -12 V supply, without its sign
        self.lock_charged = UNKNOWN  # NO: not enough energy stored for one unlocking; REQ-LCK-04
        self.tamper = 0  # bits: ENCLOSURE_OPEN, TILTED, WET
        self.checks_known = 0  # bit n: this board runs self-test n, 1 to 8, 16 (pilot), 29
        self.checks_failed = 0  # bit n: that self-test failed


class Outputs:
    """What to drive, complete after every tick, and what to report."""

    def __init__(self) -> None:
        self.duty_ticks = DUTY_X1
        self.cp_connected = YES
        self.coil = NO
        self.phases = 1  # phase relay: 1 or 3
        self.lock_drive = LOCK_REST
        self.rcd_test = NO  # drive the test input of the residual-current monitor
        # reported, drives nothing
        self.sequence = 0
        self.pilot = 0
        self.contactor = 0
        self.lock = 0
        self.cable_ma = 0  # 0: no cable or captive
        self.limit_ma = 0
        self.limited_by = 0
        self.toggle_count = 0  # the car called: B-C-B while nothing was offered
        self.wake_count = 0  # calls to this car since it was last in C
        self.suppressed_count = 0  # changes of the pilot that were not believed, REQ-CP-07
        self.hang_count = 0  # times between two ticks that cannot be; each cost the permit
        self.simplified = NO  # the car went from A to C or D: it does not read the duty
        self.stop_reason = 0
        self.stop_count = 0  # energised -> not, since boot
        self.closing_count = 0
        self.under_load_count = 0
