"""Lines: the pins of a circuit board as its ``board.toml`` has them, checked before one is used.

Refused, with file, key, value and what is allowed: unknown keys and names, two users of one pin,
a pin that a bus of the Pi needs, and a part without the line that tells what became of it.
It loads nothing but the standard library: ring 1's process reads it before anything else.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NamedTuple

from ampkeeper.hal.linux import board_keys as keys
from ampkeeper.hal.linux.board_keys import CHOICE, POINTS, WHOLE, Key, Section
from ampkeeper.hal.meters.checked import MapError, Table

POINT_NUMBERS = 4


class InputLine(NamedTuple):
    """One input pin."""

    gpio: int
    is_active_high: bool
    pull: str  # "up", "down" or "none"


class Lamp(NamedTuple):
    """The pins of the lamp, by "red", "green", "blue"; those that are fitted."""

    gpios: Mapping[str, int]
    is_dimmed: bool
    is_active_high: bool


class Buzzer(NamedTuple):
    """The pin of the buzzer."""

    gpio: int
    is_active_high: bool


class PanelLines(NamedTuple):
    """What a person sees, hears and presses; None: not fitted."""

    lamp: Lamp | None = None
    buzzer: Buzzer | None = None
    button: InputLine | None = None

    @property
    def is_fitted(self) -> bool:
        """True if there is anything of it."""
        return any(part is not None for part in self)


class Lines(NamedTuple):
    """Ratings, parts and pins of a board; what is absent is not fitted."""

    file: str
    max_ma: int
    phases: int
    parts: Mapping[str, str]
    outputs: Mapping[str, int]
    inputs: Mapping[str, InputLine]
    panel: PanelLines
    grid_relay: InputLine | None = None


def load_lines(path: Path) -> Lines:
    """Read the file of a board whose own pilot is elsewhere: ratings, inputs and a panel.

    Raise OSError, or ValueError with file, key, value and what is allowed.
    """
    root = Table(path.name, "", tomllib.loads(path.read_text(encoding="utf-8")))
    lines = read_lines(root, path.name, has_outputs=False)
    root.end()
    check_lines(lines)
    return lines


def read_lines(root: Table, file: str, *, has_outputs: bool) -> Lines:
    """Take the sections that every board has; with ``has_outputs`` it drives a contactor."""
    ratings = values_of(root.table("ratings"), keys.RATINGS.keys)
    inputs = _inputs(root) if has_outputs or root.has("inputs") else {}
    return Lines(
        file=file,
        max_ma=ratings["max_ma"],
        phases=ratings["phases"],
        parts=_parts(root),
        outputs=_outputs(root.table("outputs")) if has_outputs else {},
        inputs=_needed(inputs, keys.INPUTS, file) if has_outputs else inputs,
        panel=_panel(root),
        grid_relay=_grid_relay(root),
    )


def values_of(table: Table, wanted: Iterable[Key]) -> dict[str, Any]:
    """Take ``wanted`` and nothing else from a table."""
    values = {key.name: value_of(table, key) for key in wanted}
    table.end()
    return values


def value_of(table: Table, key: Key) -> Any:
    """Take one key as it is declared."""
    if key.default is not None and not table.has(key.name):
        return key.default
    if key.kind == POINTS:
        points = table.wholes(key.name, key.low, key.high)
        if len(points) != POINT_NUMBERS:
            wrong = f"points are {len(points)} numbers, allowed are two pairs"
            raise MapError(f"{table.where}: {wrong}")
        return points
    if key.choices:
        return _one_of(table, key)
    if key.kind == WHOLE:
        return table.whole(key.name, key.low, key.high)
    return table.text(key.name)


def named(root: Table, section: Section, file: str) -> Iterator[Table]:
    """Take every table of a section, each of which must have one of its names."""
    known = [name.name for name in section.names]
    for row in root.table(section.name).children():
        if row.key not in known:
            what = section.name.removesuffix("s")
            raise MapError(f"{file}: no {what} is called {row.key}; there are {', '.join(known)}")
        yield row


def check_lines(
    lines: Lines, reserved: Mapping[int, str] | None = None, also: Mapping[str, int] | None = None
) -> None:
    """Refuse pins with two users and parts without their lines; raise ValueError.

    ``reserved`` are pins that a bus needs, with whose they are; ``also`` further users.
    """
    _check_parts(lines)
    users: dict[int, str] = {}
    taken = {**keys.ALWAYS_RESERVED, **(reserved or {})}
    for user, gpio in (*users_of(lines), *(also or {}).items()):
        if gpio in taken:
            free = f"allowed is any other of 2 to {keys.GPIO_MAX}"
            raise MapError(f"{lines.file}: {user} is GPIO {gpio}, of {taken[gpio]}; {free}")
        if gpio in users:
            wrong = f"GPIO {gpio} is used twice, by {users[gpio]} and by {user}"
            raise MapError(f"{lines.file}: {wrong}; allowed is one user")
        users[gpio] = user


def users_of(lines: Lines) -> Iterator[tuple[str, int]]:
    """Every pin in use, with the key that names it."""
    yield from ((f"outputs.{name}", gpio) for name, gpio in lines.outputs.items())
    yield from ((f"inputs.{name}", line.gpio) for name, line in lines.inputs.items())
    panel = lines.panel
    if panel.lamp is not None:
        yield from ((f"leds.{name}", gpio) for name, gpio in panel.lamp.gpios.items())
    if panel.buzzer is not None:
        yield "buzzer.gpio", panel.buzzer.gpio
    if panel.button is not None:
        yield "button.gpio", panel.button.gpio
    if lines.grid_relay is not None:
        yield "grid_relay.gpio", lines.grid_relay.gpio


def pins_of_ports(ports: Iterable[str]) -> dict[int, str]:
    """The pins that serial, I2C and SPI ports of the Pi's header need."""
    return {gpio: port for port in ports for gpio in keys.BUS_PINS.get(port, ())}


def _parts(root: Table) -> dict[str, str]:
    if not root.has("parts"):
        return {}
    table = root.table("parts")
    parts = {name.name: table.text(name.name) for name in keys.PARTS.names if table.has(name.name)}
    table.end()
    return parts


def _outputs(table: Table) -> dict[str, int]:
    pins = {
        name.name: table.whole(name.name, 0, keys.GPIO_MAX)
        for name in keys.OUTPUTS.names
        if name.is_needed or table.has(name.name)
    }
    table.end()
    return pins


def _inputs(root: Table) -> dict[str, InputLine]:
    rows = named(root, keys.INPUTS, root.where)
    return {row.key: _input(values_of(row, keys.INPUTS.keys)) for row in rows}


def _input(values: Mapping[str, Any]) -> InputLine:
    return InputLine(values["gpio"], values["active"] == "high", values["pull"])


def _panel(root: Table) -> PanelLines:
    lamp, buzzer, button = None, None, None
    if root.has("leds"):
        lamp = _lamp(root.table("leds"))
    if root.has("buzzer"):
        values = values_of(root.table("buzzer"), keys.BUZZER.keys)
        buzzer = Buzzer(values["gpio"], values["on"] == "high")
    if root.has("button"):
        button = _input(values_of(root.table("button"), keys.BUTTON.keys))
    return PanelLines(lamp, buzzer, button)


def _grid_relay(root: Table) -> InputLine | None:
    """The contact, if one is wired; a torn wire must read as the file says that it does."""
    if not root.has("grid_relay"):
        return None
    table = root.table("grid_relay")
    values = values_of(table, keys.GRID_RELAY.keys)
    line = _input(values)
    reads = "order" if line.is_active_high == (line.pull == "up") else "free"
    if values["torn"] != reads:
        wrong = f"torn is {values['torn']!r}, but with active = {values['active']!r} and"
        right = f"pull = {line.pull!r} a torn wire reads as {reads!r}"
        raise MapError(f"{table.where}: {wrong} {right}; allowed is the other pull, or that")
    return line


def _lamp(table: Table) -> Lamp:
    names = [name.name for name in keys.LEDS.names]
    gpios = {name: table.whole(name, 0, keys.GPIO_MAX) for name in names if table.has(name)}
    values = values_of(table, keys.LEDS.keys)
    if not gpios:
        raise MapError(f"{table.where}: no lamp is there, allowed is any of {', '.join(names)}")
    return Lamp(gpios, values["drive"] == "pwm", values["on"] == "high")


def _one_of(table: Table, key: Key) -> Any:
    is_text = key.kind == CHOICE
    value = table.text(key.name) if is_text else table.whole(key.name, key.low, key.high)
    if value not in key.choices:
        allowed = ", ".join(str(choice) for choice in key.choices)
        raise MapError(f"{table.where}: {key.name} is {value!r}, allowed are {allowed}")
    return value


def _needed(found: dict[str, InputLine], section: Section, file: str) -> dict[str, InputLine]:
    for name in section.names:
        if name.is_needed and name.name not in found:
            raise MapError(f"{file}: {section.name}: {name.name} is missing")
    return found


def _check_parts(lines: Lines) -> None:
    """Every part that is declared has its outputs, and a line that tells what became of it."""
    fitted = {*lines.outputs, *lines.inputs}
    for feature in keys.FEATURES:
        signs = [f"parts.{feature.part}"] if feature.part in lines.parts else []
        signs += [sign for sign in feature.signs if sign in fitted]
        if not signs:
            continue
        for output in feature.outputs:
            if output not in lines.outputs:
                raise MapError(f"{lines.file}: {signs[0]} needs outputs.{output}, which is missing")
        if feature.feedback and not fitted.intersection(feature.feedback):
            lines_needed = " or ".join(f"[inputs.{name}]" for name in feature.feedback)
            wrong = f"{signs[0]} needs {lines_needed}, which is missing: {feature.why}"
            raise MapError(f"{lines.file}: {wrong}")
