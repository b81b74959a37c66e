"""Words: for each self-test its unit, when it runs, and the hardware that it needs.

The numbers are those of section 4.1 of the self-test sheet: 1 to 29 run in ring 1, 30 to 34 in
the station. The names are in ``safety/names.py``; the table in the README of ``safety`` says the
same, and a test compares them.
"""

from typing import NamedTuple

from ampkeeper.firmware.safety.names import SELF_TESTS
from ampkeeper.firmware.safety.selftest import ABSENT, NOT_RUN
from ampkeeper.firmware.safety.signals import UNKNOWN

METER, CLOCK, STORAGE, STOP, COUNTERS = range(30, 35)
LAST = COUNTERS
TEMPERATURE = 27  # the only one that may be below zero
STATION = 0  # the "EVSE" of a test that concerns all of it
RESULTS = ("not run", "running", "passed", "failed", "absent")  # by ring 1's numbers

# How ring 1 comes to a result: it looks at any time; while no car charges; when a car charges.
ANY_TIME, AT_REST, WITH_CAR = range(3)


class Words(NamedTuple):
    """One self-test. A value in ``unit`` is the integer that is kept, through ``scale``."""

    number: int
    name: str
    unit: str
    scale: int
    runs: int
    when: str
    needs: str


# fmt: off
TABLE = (
    # no., unit, scale, runs, when, board hardware
    (1,  "",    1,    ANY_TIME, "boot, daily",          "its own checksum run"),
    (2,  "",    1,    ANY_TIME, "each tick",            "watchdog fed by flow"),
    (3,  "",    1,    ANY_TIME, "each tick",            "counter"),
    (4,  "",    1,    ANY_TIME, "each tick",            "second oscillator"),
    (5,  "",    1,    ANY_TIME, "boot, slices",         "march test"),
    (6,  "",    1,    ANY_TIME, "each cycle",           "reference on a spare channel"),
    (7,  "",    1,    ANY_TIME, "each tick",            "none"),
    (8,  "",    1,    ANY_TIME, "boot",                 "reset reason"),
    (9,  "ms",  1,    WITH_CAR, "each closing and opening", "mirror contact"),
    (10, "",    1,    ANY_TIME, "each tick",            "AC sense behind the contactor"),
    (11, "ms",  1,    AT_REST,  "boot, each unplug, 24 h", "test input of the monitor"),
    (12, "",    1,    ANY_TIME, "each tick",            "monitor; trips the coil itself"),
    (13, "ms",  1,    AT_REST,  "as 11",                "as 11"),
    (14, "",    1,    ANY_TIME, "each tick",            "as 12"),
    (15, "",    1,    ANY_TIME, "each tick",            "earth sense"),
    (16, "V",   1000, ANY_TIME, "boot, each plug-in, a drift of 1 s",
     "both rails on the ADC; for frequency and duty, absent on every board here, a capture of "
     "its own pilot's edges, bit 16 of `checks_known`"),
    (17, "",    1,    WITH_CAR, "each closing",         "none"),
    (18, "V",   1000, ANY_TIME, "each tick",            "none"),
    (19, "ms",  1,    WITH_CAR, "each such stop",       "mirror contact"),
    (20, "ms",  1,    WITH_CAR, "each closing",         "none"),
    (21, "ms",  1,    WITH_CAR, "each such stop",       "none"),
    (22, "ms",  1,    WITH_CAR, "each such stop",       "mirror contact"),
    (23, "",    1,    ANY_TIME, "each tick",            "socket"),
    (24, "",    1,    WITH_CAR, "each closing",         "bolt with feedback"),
    (25, "A",   1000, ANY_TIME, "each tick",   "current transformers, or the station's meter"),
    (26, "V",   1000, ANY_TIME, "each tick",   "voltage sense, or the station's meter"),
    (27, "°C",  10,   ANY_TIME, "each tick",            "one or two NTCs"),
    (28, "",    1,    ANY_TIME, "each tick",            "none"),
    (29, "",    1,    ANY_TIME, "each tick",
     "contacts; the board sets bit 29 of `checks_known`"),
    (30, "",    1,    ANY_TIME, "boot, begin, end",     "meter"),
    (31, "s",   1000, ANY_TIME, "boot, hourly",
     "a central system that tells the time"),
    (32, "MiB", 1,    ANY_TIME, "boot, daily",          "none"),
    (33, "",    1,    ANY_TIME, "each tick",            "stop contact, supply sense"),
    (34, "",    1,    ANY_TIME, "each event",           "none"),
)
BITS = {  # what the bits of a value mean, where it is none but a set of them
    29: ("opened", "tilted", "wet"),
    30: ("silent", "implausible", "another meter"),
    33: ("ring 1 silent", "stop pressed", "supply lost"),
}
CHOICES = {  # what 0 and 1 mean, where a value is one of them
    10: ("dead", "live"),
    12: ("clear", "tripped"),
    14: ("clear", "tripped"),
    15: ("missing", "there"),
}
# fmt: on
WORDS = {row[0]: Words(row[0], name, *row[1:]) for row, name in zip(TABLE, SELF_TESTS, strict=True)}


def needs_of(number: int) -> str:
    """Return the hardware that a test needs, in full."""
    needs = WORDS[number].needs
    if needs.startswith("as "):
        needs = WORDS[int(needs.removeprefix("as "))].needs
    return needs.partition("; the board sets")[0]


def kept_value(number: int, result: int, value: int) -> int | None:
    """Return ring 1's value or bound as it is kept: None where there is none."""
    is_none = result in (NOT_RUN, ABSENT) or (value == UNKNOWN and number != TEMPERATURE)
    return None if is_none else value


def shown_value(number: int, value: int | None) -> float | int | None:
    """Return a kept value or bound in the test's unit."""
    scale = WORDS[number].scale
    return value if value is None or scale == 1 else value / scale


def meaning_of(number: int, value: int | None) -> str:
    """Return what a value says where it is no quantity; else nothing."""
    if value in (0, 1) and number in CHOICES:
        return CHOICES[number][value]
    if value is None or number not in BITS:
        return ""
    found = [word for bit, word in enumerate(BITS[number]) if value >> bit & 1]
    return ", ".join(found) or "nothing wrong"
