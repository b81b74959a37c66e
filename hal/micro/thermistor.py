"""Thermistor: tenths of a degree from a count, by a table of integers.

10 kOhm at 25 degC, B 3,977 K (Vishay NTCLE100E3103), to ground, 10 kOhm to the reference. A
wire that is open or shorted gives a reading outside the range of any sensor in order, which
ring 1 treats as a fault; it is never taken for a temperature.
"""

STEP_DC = 100
FIRST_DC = -400
# Counts of 4,096 at -40, -30 ... 130 degC, each less than the one before.
TABLE = (
    3_999, 3_905, 3_746, 3_502, 3_163, 2_743, 2_280, 1_824, 1_415,
    1_076, 809, 607, 456, 345, 263, 202, 157, 123,
)  # fmt: skip
OPEN_DC = -1_000  # -100 degC
SHORT_DC = 2_000  # 200 degC


def temperature_dc(count: int) -> int:
    """Tenths of a degree; between two entries in a straight line. Allocates nothing."""
    if count > TABLE[0]:
        return OPEN_DC
    index = 1
    while index < len(TABLE) and count < TABLE[index]:
        index += 1
    if index == len(TABLE):
        return SHORT_DC
    above = TABLE[index - 1]
    step = above - TABLE[index]
    return FIRST_DC + (index - 1) * STEP_DC + ((above - count) * STEP_DC + step // 2) // step
