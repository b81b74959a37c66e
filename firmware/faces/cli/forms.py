"""Forms: what an argument of the command line may be; each raises with what is allowed."""

import argparse
import math

from ampkeeper.firmware.update.slots import TRIAL_S_MAX

SPEED_MIN, SPEED_MAX = 0.1, 1000.0
SEED_MAX = 2**32 - 1
SESSIONS_MAX = 1000
UNIT_MAX = 247  # Modbus serial line, 2.2
BAUDS = (1_200, 2_400, 4_800, 9_600, 19_200, 38_400, 57_600, 115_200)
EVERY_S_MIN, EVERY_S_MAX = 0.1, 3_600.0
SELF_TESTS = 34
OFF = "off"
UNITS_S = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}
DURATION_S_MIN, DURATION_S_MAX = 1, 30 * 86_400


def setting(text: str) -> tuple[str, str]:
    name, sign, value = text.partition("=")
    if not sign or not name:
        raise argparse.ArgumentTypeError(f"{text!r}: must be KEY=VALUE")
    return name.strip(), value


def address(text: str) -> str:
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or int(port) > 65_535:
        raise argparse.ArgumentTypeError(f"{text!r}: must be HOST:PORT, port 0 to 65535")
    return text


def number(text: str, low: float, high: float) -> float:
    try:
        given = float(text)
    except ValueError:
        given = math.nan
    if not low <= given <= high:
        raise argparse.ArgumentTypeError(f"{text!r}: must be a number, {low:g} to {high:g}")
    return given


def speed(text: str) -> float:
    return number(text, SPEED_MIN, SPEED_MAX)


def whole(text: str, low: int, high: int) -> int:
    if not text.isascii() or not text.isdigit() or not low <= int(text[:20]) <= high:
        raise argparse.ArgumentTypeError(f"{text!r}: must be a whole number, {low} to {high}")
    return int(text)


def seed(text: str) -> int:
    return whole(text, 0, SEED_MAX)


def limit(text: str) -> int:
    return whole(text, 1, SESSIONS_MAX)


def offset(text: str) -> int:
    return whole(text, 0, 2**31)


def profile(text: str) -> int:
    return whole(text, 0, 3)


def evse(text: str) -> int:
    return whole(text, 1, 8)


def counter(text: str) -> int:
    return whole(text, 0, 2**31 - 1)


def days(text: str) -> int:
    return whole(text, 1, 3_650)


def trial(text: str) -> int:
    return whole(text, 60, TRIAL_S_MAX)


def epoch(text: str) -> int:
    return whole(text, 0, 2**34)


def unit(text: str) -> int:
    return whole(text, 1, UNIT_MAX)


def units(text: str) -> tuple[int, ...]:
    """Numbers and ranges, separated by commas."""
    named: dict[int, None] = {}
    for part in text.split(","):
        first, sign, last = part.partition("-")
        found = range(unit(first), unit(last if sign else first) + 1)
        if not found:
            raise argparse.ArgumentTypeError(f"{part!r}: must be a range upwards, such as 1-247")
        named.update(dict.fromkeys(found))
    return tuple(named)


def baud(text: str) -> int:
    if text not in map(str, BAUDS):
        raise argparse.ArgumentTypeError(f"{text!r}: must be {', '.join(map(str, BAUDS))}")
    return int(text)


def seconds(text: str) -> float:
    return number(text, EVERY_S_MIN, EVERY_S_MAX)


def selftest(text: str) -> int:
    return whole(text, 1, SELF_TESTS)


def trace(text: str) -> int:
    return whole(text, 1, 10**9)


def line(text: str) -> int:
    return whole(text, 1, 10**9)


def current(text: str) -> float | str:
    """Amperes, for the station to judge, or ``OFF``."""
    try:
        return OFF if text == OFF else number(text, 0.0, 1_000.0)
    except argparse.ArgumentTypeError as error:
        words = f"{text!r}: must be 0 (pause), 6 to 80 A per phase, or {OFF}"
        raise argparse.ArgumentTypeError(words) from error


def sealed(text: str) -> float:
    return number(text, 6.0, 80.0)


def duration(text: str) -> float:
    """Seconds of a time such as 90s, 30m, 2h or 1d."""
    try:
        seconds = float(text[:-1]) * UNITS_S.get(text[-1:], math.nan)
    except ValueError:
        seconds = math.nan
    if not DURATION_S_MIN <= seconds <= DURATION_S_MAX:
        allowed = "a time such as 90s, 30m, 2h or 1d, 1s to 30d"
        raise argparse.ArgumentTypeError(f"{text!r}: must be {allowed}")
    return seconds


def energy(text: str) -> int:
    """An amount such as 20kWh or 20000Wh, in Wh."""
    for unit, factor in (("kWh", 1_000), ("Wh", 1)):
        if text.endswith(unit):
            return round(
                number(text.removesuffix(unit).strip(), 1 / factor, 250_000 / factor) * factor
            )
    raise argparse.ArgumentTypeError("must be an amount such as 20kWh or 20000Wh")


def uid(text: str) -> str:
    if not 1 <= len(text) <= 36 or not text.isprintable():
        raise argparse.ArgumentTypeError(f"{text!r}: must be 1 to 36 printable characters")
    return text
