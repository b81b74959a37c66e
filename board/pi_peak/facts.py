"""Facts: what ``board.toml`` says about the circuit board, checked from end to end.

It loads nothing but the standard library: ring 1's process reads it before anything else.
"""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, TypeAlias

from ampkeeper.hal.linux.scales import Line, Resistor, Thermistor
from ampkeeper.hal.meters.checked import MapError, Table

FILE = Path(__file__).with_name("board.toml")
OUTPUTS_NEEDED = ("coil", "heartbeat", "peak_reset")
OUTPUTS = (*OUTPUTS_NEEDED, "phase_relay", "cp_disconnect", "lock_in", "lock_out", "rcd_test")
INPUTS_NEEDED = ("mirror",)
INPUTS = (  # by their names in ``safety/signals.py``
    *INPUTS_NEEDED, "lock_closed", "rcd_ac", "rcd_dc", "pe_ok", "emergency_stop", "supply_ok",
    "over_current", "outlet_live", "lock_charged", "enclosure_open", "tilted", "wet",
)  # fmt: skip
CHANNELS_NEEDED = ("cp_high", "cp_low")
VOLTAGES = (*CHANNELS_NEEDED, "rail_high", "rail_low", "reference")
TEMPERATURES = ("temperature", "plug_temperature")
CHANNELS = (*VOLTAGES, "pp", *TEMPERATURES)
LEVELS = ("low", "high")
PULLS = ("up", "down", "none")
COUNTS_MAX = {"mcp3208": 4_095, "mcp3008": 1_023}
GPIO_MAX = 27
CHANNEL_MAX = 7
SPI_0_GPIOS = (7, 8, 9, 10, 11)  # both chip selects: the kernel holds them
POINT_NUMBERS = 4
POINT_MAX = 20_000  # counts or mV
PP_OPEN_OHM = 1_000_000  # as ``safety/signals.py`` has it

Scale: TypeAlias = Line | Resistor | Thermistor


class InputFacts(NamedTuple):
    """One input pin."""

    gpio: int
    is_active_high: bool
    pull: str


class ChannelFacts(NamedTuple):
    """One channel of the converter."""

    channel: int
    scale: Scale


class Facts(NamedTuple):
    """The circuit board. Outputs, inputs and channels by name; absent ones are not fitted."""

    max_ma: int
    phases: int
    pwm_chip: Path
    pwm_channel: int
    adc_chip: str
    adc_port: int
    adc_device: int
    outputs: Mapping[str, int]
    inputs: Mapping[str, InputFacts]
    channels: Mapping[str, ChannelFacts]


def load_facts(path: Path = FILE) -> Facts:
    """Read the file; raise OSError, or ValueError with file, key, value and what is allowed."""
    return parse_facts(path.read_text(encoding="utf-8"), path.name)


def parse_facts(text: str, name: str) -> Facts:
    """Check and return what is written in ``text``; ``name`` is for messages."""
    root = Table(name, "", tomllib.loads(text))
    ratings, pwm, adc = root.table("ratings"), root.table("pwm"), root.table("adc")
    chip = _one_of(adc, "chip", tuple(COUNTS_MAX))
    facts = Facts(
        max_ma=ratings.whole("max_ma", 6_000, 80_000),
        phases=ratings.whole("phases", 1, 3),
        pwm_chip=Path(pwm.text("chip")),
        pwm_channel=pwm.whole("channel", 0, CHANNEL_MAX),
        adc_chip=chip,
        adc_port=adc.whole("port", 0, 1),
        adc_device=adc.whole("device", 0, 1),
        outputs=_outputs(root.table("outputs")),
        inputs=_inputs(root.table("inputs"), name),
        channels=_channels(root.table("channels"), name, COUNTS_MAX[chip]),
    )
    for table in (root, ratings, pwm, adc):
        table.end()
    _check_pins(facts, name)
    return facts


def _outputs(table: Table) -> dict[str, int]:
    pins = {
        output: table.whole(output, 0, GPIO_MAX)
        for output in OUTPUTS
        if output in OUTPUTS_NEEDED or table.has(output)
    }
    table.end()
    return pins


def _inputs(table: Table, name: str) -> dict[str, InputFacts]:
    inputs = {}
    for row in table.children():
        if row.key not in INPUTS:
            raise MapError(f"{name}: no input is called {row.key}; there are {', '.join(INPUTS)}")
        is_active_high = _one_of(row, "active", LEVELS) == "high"
        pull = _one_of(row, "pull", PULLS)
        inputs[row.key] = InputFacts(row.whole("gpio", 0, GPIO_MAX), is_active_high, pull)
        row.end()
    _check_needed(inputs, INPUTS_NEEDED, f"{name}: inputs")
    return inputs


def _channels(table: Table, name: str, counts_max: int) -> dict[str, ChannelFacts]:
    channels = {}
    for row in table.children():
        if row.key not in CHANNELS:
            known = ", ".join(CHANNELS)
            raise MapError(f"{name}: no channel is called {row.key}; there are {known}")
        channel = row.whole("channel", 0, CHANNEL_MAX)
        channels[row.key] = ChannelFacts(channel, _scale(row, counts_max))
        row.end()
    _check_needed(channels, CHANNELS_NEEDED, f"{name}: channels")
    return channels


def _scale(row: Table, counts_max: int) -> Scale:
    if row.key in VOLTAGES:
        return _line(row)
    pull_ohm = row.whole("pull_ohm", 100, 1_000_000)
    if row.key in TEMPERATURES:
        ohm_25 = row.whole("ohm_25", 100, 1_000_000)
        return Thermistor(pull_ohm, ohm_25, row.whole("beta_k", 1_000, 10_000), counts_max)
    return Resistor(pull_ohm, counts_max, PP_OPEN_OHM)


def _line(row: Table) -> Line:
    points = row.wholes("points", -POINT_MAX, POINT_MAX)
    if len(points) != POINT_NUMBERS:
        raise MapError(f"{row.where}: points are {len(points)} numbers, allowed are two pairs")
    return Line((points[0], points[1]), (points[2], points[3]))


def _one_of(table: Table, key: str, allowed: tuple[str, ...]) -> str:
    value = table.text(key)
    if value not in allowed:
        raise MapError(f"{table.where}: {key} is {value!r}, allowed are {', '.join(allowed)}")
    return value


def _check_needed(found: Mapping[str, object], needed: tuple[str, ...], where: str) -> None:
    for key in needed:
        if key not in found:
            raise MapError(f"{where}: {key} is missing")


def _check_pins(facts: Facts, name: str) -> None:
    """No pin and no channel twice, and none of those of the SPI line."""
    if facts.phases == 2:
        raise MapError(f"{name}: phases is 2, allowed are 1 and 3")
    pins = [*facts.outputs.values(), *(pin.gpio for pin in facts.inputs.values())]
    for pin in pins:
        if pins.count(pin) > 1:
            raise MapError(f"{name}: GPIO {pin} is used twice")
        if facts.adc_port == 0 and pin in SPI_0_GPIOS:
            raise MapError(f"{name}: GPIO {pin} belongs to the SPI line")
    channels = [channel.channel for channel in facts.channels.values()]
    for number in channels:
        if channels.count(number) > 1:
            raise MapError(f"{name}: converter channel {number} is used twice")
