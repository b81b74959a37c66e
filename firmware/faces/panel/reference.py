"""The page and the picture of what lamp and buzzer do, made from the table.

``python -m ampkeeper.firmware.faces.panel.reference`` writes both beside this file.
"""

from collections.abc import Mapping
from pathlib import Path

from ampkeeper.firmware.faces.panel.table import (
    COLORS,
    FIRST_MOMENT,
    LASTS_MS,
    LOOKS,
    NAMES,
    PATTERNS,
    SAYS,
    SOUNDS,
)

PAGE_FILE = "INDICATORS.md"
PICTURE_FILE = "indicators.svg"
HEAD = """\
# What lamp and buzzer say

<!-- Made from firmware/faces/panel/table.py: do not edit. -->

![Every state and moment with its lamp, blinking](indicators.svg)

White: free, or it is your turn. Blue: a session. Orange: cannot be used.
A moment is shown for its time, then the state again. A sound is heard once, when its look begins.
"""
ROW_PX, LAMP_PX, WIDTH_PX = 26, 9, 500
LAMP_X, WORDS_X = 24, 150
DARK = "#3a3f44"


def page() -> str:
    """The page, as Markdown."""
    states = range(FIRST_MOMENT)
    moments = range(FIRST_MOMENT, len(NAMES))
    return (
        HEAD
        + "\n## States\n\n| state | color | pattern | sound | what it says |\n"
        + "|---|---|---|---|---|\n"
        + "".join(_row(what) for what in states)
        + "\n## Moments\n\n| moment | color | pattern | sound | what it says |\n"
        + "|---|---|---|---|---|\n"
        + "".join(_row(what) for what in moments)
        + _steps("Patterns", "again and again", PATTERNS)
        + _steps("Sounds", "once", SOUNDS)
        + _colors()
    )


def picture() -> str:
    """The picture: a lamp for each row, with its pattern as an animation."""
    height = ROW_PX * (len(NAMES) + 1)
    rows = "".join(_lamp(what, ROW_PX * (what + 1)) for what in LOOKS)
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH_PX}" height="{height}" '
        f'font-family="sans-serif" font-size="13">\n'
        f'<rect width="100%" height="100%" fill="#1d2125"/>\n{rows}</svg>\n'
    )


def _row(what: int) -> str:
    look = LOOKS[what]
    lasts = f", for {LASTS_MS[what] / 1000:g} s" if what in LASTS_MS else ""
    cells = (f"`{NAMES[what]}`", look.color, look.pattern, look.sound, SAYS[what] + lasts)
    return f"| {' | '.join(cells)} |\n"


def _steps(title: str, how: str, table: Mapping[str, tuple[int, ...]]) -> str:
    rows = "".join(
        f"| `{name}` | {', '.join(str(step) for step in steps) or '-'} |\n"
        for name, steps in table.items()
    )
    return f"\n## {title}\n\n| name | ms on, off, on ..., {how} |\n|---|---|\n{rows}"


def _colors() -> str:
    rows = "".join(
        f"| `{name}` | {', '.join(str(part) for part in parts)} |\n"
        for name, parts in COLORS.items()
    )
    return f"\n## Colors\n\n| name | % of red, green, blue |\n|---|---|\n{rows}"


def _lamp(what: int, y: int) -> str:
    look = LOOKS[what]
    color = "rgb(" + ",".join(f"{part}%" for part in COLORS[look.color]) + ")"
    circle = f'<circle cx="{LAMP_X}" cy="{y}" r="{LAMP_PX}" fill="{color}"'
    blink = _blink(color, PATTERNS[look.pattern])
    drawn = f"{circle}>{blink}</circle>" if blink else f"{circle}/>"
    name = f'<text x="{LAMP_X * 2}" y="{y + 4}" fill="#fff">{NAMES[what]}</text>'
    says = f'<text x="{WORDS_X}" y="{y + 4}" fill="#c8ccd0">{SAYS[what]}</text>'
    return f"{drawn}{name}{says}\n"


def _blink(color: str, steps: tuple[int, ...]) -> str:
    """A pattern as SVG plays it."""
    if not steps:
        return ""
    period_ms = sum(steps)
    begins = [sum(steps[:number]) / period_ms for number in range(len(steps))]
    times = ";".join(f"{begin:.3f}" for begin in begins)
    values = ";".join(color if number % 2 == 0 else DARK for number in range(len(steps)))
    return (
        f'<animate attributeName="fill" calcMode="discrete" dur="{period_ms}ms" '
        f'repeatCount="indefinite" keyTimes="{times}" values="{values}"/>'
    )


def main() -> None:
    """Write both files."""
    folder = Path(__file__).parent
    (folder / PAGE_FILE).write_text(page(), "utf-8")
    (folder / PICTURE_FILE).write_text(picture(), "utf-8")


if __name__ == "__main__":
    main()
