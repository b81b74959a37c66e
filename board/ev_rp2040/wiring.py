"""Wiring: which pin is what. ``board.toml`` says the same, with parts; a test compares the two.

Every relay is off at 0, and a resistor to ground keeps it so while no program runs.
"""

MAINS = "mains"
SWITCHES = (
    ("plug", 3),  # pilot contact
    ("s2", 4),  # 1.3 kOhm
    ("ventilation", 5),  # 270 Ohm
    ("diode_short", 6),
    ("pilot_short", 7),
    ("earth_open", 8),
)
CODINGS = ((13, 9), (20, 10), (32, 11), (63, 12))  # A of the cable, pin of its resistor
RELAYS = ((MAINS, 2),) + SWITCHES  # the mains first: it is the first to be let go
PILOT = 16  # comparator, high above 0 V, on the charger's side of the plug relay
COIL = 17  # opto-coupler, high while the contactor's coil is driven
ESTOP = 18  # high while the loop is closed; 10 kOhm to ground
