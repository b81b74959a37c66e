"""Facts: what ``board.toml`` says about the circuit board, checked from end to end.

Keys and ranges are declared in ``hal/linux/board_keys.py``. It loads nothing but the standard
library: ring 1's process reads it before anything else.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, TypeAlias

from ampkeeper.hal.linux import board_keys as keys
from ampkeeper.hal.linux.lines import (
    Lines,
    check_lines,
    named,
    read_lines,
    value_of,
    values_of,
)
from ampkeeper.hal.linux.scales import Line, Resistor, Thermistor
from ampkeeper.hal.meters.checked import MapError, Table

FILE = Path(__file__).with_name("board.toml")
VOLTAGES = ("cp_high", "cp_low", "rail_high", "rail_low", "reference")
TEMPERATURES = ("temperature", "plug_temperature")
COUNTS_MAX = {"mcp3208": 4_095, "mcp3008": 1_023}
CHANNEL_KEYS = {key.name: key for key in keys.CHANNELS.keys}
PP_OPEN_OHM = 1_000_000  # as ``safety/signals.py`` has it

Scale: TypeAlias = Line | Resistor | Thermistor


class ChannelFacts(NamedTuple):
    """One channel of the converter."""

    channel: int
    scale: Scale


class Facts(NamedTuple):
    """The circuit board. Outputs, inputs and channels by name; absent ones are not fitted."""

    lines: Lines  # ratings, parts, outputs, inputs and panel
    pwm_chip: Path
    pwm_channel: int
    adc_chip: str
    adc_port: int
    adc_device: int
    channels: Mapping[str, ChannelFacts]
    own_pins: Mapping[int, str]  # of the pilot's PWM and of the converter's line


def load_facts(path: Path = FILE) -> Facts:
    """Read the file; raise OSError, or ValueError with file, key, value and what is allowed."""
    return parse_facts(path.read_text(encoding="utf-8"), path.name)


def parse_facts(text: str, name: str) -> Facts:
    """Check and return what is written in ``text``; ``name`` is for messages."""
    root = Table(name, "", tomllib.loads(text))
    lines = read_lines(root, name, has_outputs=True)
    pwm = values_of(root.table("pwm"), keys.PWM.keys)
    adc = values_of(root.table("adc"), keys.ADC.keys)
    pins = keys.SPI_0 if adc["port"] == 0 else keys.SPI_1
    facts = Facts(
        lines=lines,
        pwm_chip=Path(pwm["chip"]),
        pwm_channel=pwm["channel"],
        adc_chip=adc["chip"],
        adc_port=adc["port"],
        adc_device=adc["device"],
        channels=_channels(root, name, COUNTS_MAX[adc["chip"]]),
        own_pins={pwm["gpio"]: "the pilot's PWM"} | dict.fromkeys(pins, "the converter's SPI line"),
    )
    root.end()
    check_lines(lines, facts.own_pins)
    return facts


def _channels(root: Table, name: str, counts_max: int) -> dict[str, ChannelFacts]:
    channels: dict[str, ChannelFacts] = {}
    users: dict[int, str] = {}
    for row in named(root, keys.CHANNELS, name):
        channel = value_of(row, CHANNEL_KEYS["channel"])
        if channel in users:
            wrong = f"channel {channel} is used twice, by {users[channel]} and by {row.key}"
            raise MapError(f"{name}: {wrong}; allowed is one user")
        users[channel] = row.key
        channels[row.key] = ChannelFacts(channel, _scale(row, counts_max))
        row.end()
    for wanted in keys.CHANNELS.names:
        if wanted.is_needed and wanted.name not in channels:
            raise MapError(f"{name}: channels: {wanted.name} is missing")
    return channels


def _scale(row: Table, counts_max: int) -> Scale:
    if row.key in VOLTAGES:
        points = value_of(row, CHANNEL_KEYS["points"])
        return Line((points[0], points[1]), (points[2], points[3]))
    pull_ohm = value_of(row, CHANNEL_KEYS["pull_ohm"])
    if row.key in TEMPERATURES:
        ohm_25 = value_of(row, CHANNEL_KEYS["ohm_25"])
        return Thermistor(pull_ohm, ohm_25, value_of(row, CHANNEL_KEYS["beta_k"]), counts_max)
    return Resistor(pull_ohm, counts_max, PP_OPEN_OHM)
