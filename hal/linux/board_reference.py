"""The reference page of ``board.toml``, made from ``board_keys.py``.

``python -m ampkeeper.hal.linux.board_reference`` prints it; docs/board-toml.md is that.
"""

import sys

from ampkeeper.hal.linux import board_keys as keys
from ampkeeper.hal.linux.board_keys import CHOICE, POINTS, WHOLE, Key, Section

HEAD = """\
# board.toml: the circuit board as data

<!-- Made from hal/linux/board_keys.py: do not edit. -->

Pins are GPIO numbers of the Pi's header. What is not there is not fitted.
A board that drives its own contactor (`pi_peak`) has every section; \
a Pi in front of a bought board has `ratings`, `parts`, `inputs`, `leds`, `buzzer`, `button` and \
`grid_relay`.
Everything is checked at the start, before a pin is touched: an unknown key, \
a value out of range, two users of one pin, a pin that a bus needs, \
a part without the line that tells what became of it.
Each is refused with file, key, value and what is allowed.
"""
COLUMNS = "| key | allowed | what it is |\n|---|---|---|\n"


def page() -> str:
    """The page, as Markdown."""
    sections = "".join(_section(section) for section in keys.SECTIONS)
    return HEAD + sections + _features() + _reserved()


def _section(section: Section) -> str:
    title = f"\n## [{section.name}]\n\n{section.help}\n\n"
    rows = "".join(_row(key) for key in section.keys)
    names = ""
    if section.names:
        lines = "".join(
            f"| `{name.name}` | {'needed' if name.is_needed else ''} | {name.help} |\n"
            for name in section.names
        )
        names = f"| name | | what it is |\n|---|---|---|\n{lines}"
    return title + (COLUMNS + rows if rows else "") + ("\n" if rows and names else "") + names


def _row(key: Key) -> str:
    default = f", else `{key.default}`" if key.default is not None else ""
    return f"| `{key.name}` | {_allowed(key)}{default} | {key.help} |\n"


def _allowed(key: Key) -> str:
    if key.choices:
        shown = (f'`"{choice}"`' if key.kind == CHOICE else f"{choice}" for choice in key.choices)
        return " or ".join(shown)
    if key.kind in (WHOLE, POINTS):
        return f"{key.kind}, {key.low} to {key.high} {key.unit}".rstrip()
    return key.kind


def _features() -> str:
    rows = ""
    for feature in keys.FEATURES:
        signs = ", ".join(f"`{sign}`" for sign in (f"parts.{feature.part}", *feature.signs))
        outputs = ", ".join(f"`{output}`" for output in feature.outputs)
        feedback = " or ".join(f"`{line}`" for line in feature.feedback)
        rows += f"| {signs} | {outputs} | {feedback} | {feature.why} |\n"
    head = (
        "| declared by any of | needs the outputs | and the input | because |\n|---|---|---|---|\n"
    )
    return f"\n## What a part needs\n\n{head}{rows}"


def _reserved() -> str:
    rows = "".join(
        f"| `{port}` | {', '.join(str(pin) for pin in pins)} |\n"
        for port, pins in keys.BUS_PINS.items()
    )
    always = ", ".join(str(pin) for pin in keys.ALWAYS_RESERVED)
    text = f"Never free: {always}, of the memory of a board on the header.\n"
    head = "| port in use | its pins |\n|---|---|\n"
    return f"\n## Reserved pins\n\n{text}\n{head}{rows}"


if __name__ == "__main__":
    sys.stdout.write(page())
