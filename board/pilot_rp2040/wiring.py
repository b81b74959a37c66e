"""Wiring: which pin is what, and what its signal means. ``board.toml`` says the same, with parts.

A test compares the two. GPIO numbers are those of the RP2040; a Raspberry Pi Pico has them all.
"""

UART_NUMBER = 0
UART_TX = 0
UART_RX = 1
CP_PWM = 2  # high: +12 V
CP_OPEN = 3  # high: the relay disconnects the pilot
COIL = 4
PHASES_3 = 5  # high: three phases
LOCK_IN = 6  # both low: the motor rests
LOCK_OUT = 7
KICK = 8
RCD_TEST = 9
RCD_AC = 10  # high: tripped, or the wire is broken
OUTLET = 11  # edges: voltage behind the contactor
MIRROR = 12  # high: mirror contact open, so the main contacts are made, or a broken wire
SUPPLY = 13  # edges: L1 to N ahead of the contactor
RCD_DC = 14  # high: tripped, or the wire is broken
EARTH = 15  # edges: L1 to PE
EMERGENCY_STOP = 16  # high: pressed, or the wire is broken
OVER_CURRENT = 17  # high: the comparator says too much
LOCK_CLOSED = 18  # low: the bolt is in
SELECT = (19, 20, 21, 22)  # of the multiplexer, low bit first
CP_ADC = 26
SLOW_ADC = 27
PP_ADC = 28

OUTPUTS_LOW = (CP_OPEN, COIL, PHASES_3, LOCK_IN, LOCK_OUT, KICK, RCD_TEST)  # at rest
INPUTS = (RCD_AC, MIRROR, RCD_DC, EMERGENCY_STOP, OVER_CURRENT, LOCK_CLOSED)

# Inputs of the multiplexer.
(
    NTC_TERMINALS, NTC_PLUG, RAIL_HIGH, RAIL_LOW, LOCK_CAPACITOR,
    REFERENCE_LOW, REFERENCE_MID, ENCLOSURE, TILT, WATER,
) = range(10)  # fmt: skip
SLOW_INPUTS = 10

CP_SPAN_MV = 33_053  # of 4,096 counts at the pilot
CP_ZERO_MV = 16_500  # what no count stands for, without its sign
PP_PULL_OHM = 1_000
RAIL_SPAN_MV = 19_800  # of 4,096 counts, both rails and the capacitor: 100 kOhm and 20 kOhm
RAIL_LOW_ZERO_MV = 16_500
LOCK_CHARGED_MV = 10_000  # enough for one unlocking
REFERENCE_COUNT = 1_520  # 1.225 V of 3.3 V
REFERENCE_COUNT_OFF = 46  # 3 %
GROUND_COUNT_MAX = 40
CLOSED_COUNT_MAX = 1_024  # a tamper contact to ground; above: open, or the wire is cut
