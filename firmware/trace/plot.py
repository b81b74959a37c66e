"""Plot: a trace as lines of plain characters, some 80 columns wide.

Each column is a slice of time. A level is drawn as the range that it had in the slice, so that
a single disturbed tick is seen; a state is drawn if it held at any time in the slice.
"""

from collections.abc import Callable, Sequence

from ampkeeper.firmware.trace.rows import PHASES, TraceRow, moment_of_cause

LABEL_COLUMNS = 9
WIDTH_MIN = 40
TOP_MV, BOTTOM_MV = 13_000, -13_000
LEVEL_LINES = 13  # 2 V each, in two halves
STEPS = " ▁▂▃▄▅▆▇█"
HALVES = {(0, 0): " ", (1, 0): "▀", (0, 1): "▄", (1, 1): "█"}
ON, OFF = "█", "·"
CURRENT_A_MIN = 6.0  # the scale of the currents is at least this
TICK_S = 2

Slices = list[list[TraceRow]]


def lines_of(rows: Sequence[TraceRow], width: int) -> list[str]:
    """Return the lines of the plot; none if there is no row."""
    if not rows:
        return []
    columns = max(width, WIDTH_MIN) - LABEL_COLUMNS - 1
    first_ms = rows[0].at_ms
    slices = _slices(rows, columns, first_ms)
    most_a = max(CURRENT_A_MIN, *(a for row in rows for a in row.current_a if a is not None), 0.0)
    lines = _levels(slices)
    lines.append(_lane("duty %", _stepped(slices, lambda row: row.duty_permille, 1_000.0)))
    lines.append(_lane("pilot", _letters(slices)))
    lines.append(_lane("sequence", _words(slices)))
    for label, is_on in SWITCHES:
        lines.append(_lane(label, "".join(_switch(each, is_on) for each in slices)))
    for phase in range(PHASES):
        lines.append(_lane(f"L{phase + 1} A", _stepped(slices, _current_of(phase), most_a)))
    lines += _axis(columns, first_ms, moment_of_cause(rows))
    lines.append(f"currents: full height is {most_a:g} A; blank is 0 A, ? is not known")
    return lines


SWITCHES: tuple[tuple[str, Callable[[TraceRow], bool]], ...] = (
    ("coil", lambda row: row.coil),
    ("mirror", lambda row: row.mirror),
    ("bolt in", lambda row: row.is_bolt_in),
    ("RCD trip", lambda row: row.is_tripped),
    ("fault", lambda row: row.is_faulty),
)


def _slices(rows: Sequence[TraceRow], columns: int, first_ms: int) -> Slices:
    """Sort the rows into columns; a column that got none shows what held before it."""
    slices: Slices = [[] for _ in range(columns)]
    span_ms = max(-first_ms, 1)
    for row in rows:
        slices[min((row.at_ms - first_ms) * columns // span_ms, columns - 1)].append(row)
    held = rows[0]
    for column in slices:
        if not column:
            column.append(held)
        held = column[-1]
    return slices


def _levels(slices: Slices) -> list[str]:
    """Draw both levels of the pilot; between them is nothing, so they never hide each other."""
    halves = LEVEL_LINES * 2
    pixels = [[0] * len(slices) for _ in range(halves)]
    for column, rows in enumerate(slices):
        for values in ([row.high_mv for row in rows], [row.low_mv for row in rows]):
            for y in range(_height(max(values), halves), _height(min(values), halves) + 1):
                pixels[y][column] = 1
    lines = []
    for line in range(LEVEL_LINES):
        pairs = zip(pixels[2 * line], pixels[2 * line + 1], strict=True)
        volts = (TOP_MV - 1_000) // 1_000 - 2 * line
        label = f"{volts:+d} V" if volts % 4 == 0 else ""
        lines.append(_lane(label, "".join(HALVES[pair] for pair in pairs), "│"))
    return lines


def _height(level_mv: int, halves: int) -> int:
    inside_mv = min(max(level_mv, BOTTOM_MV), TOP_MV - 1)
    return min((TOP_MV - inside_mv) * halves // (TOP_MV - BOTTOM_MV), halves - 1)


def _stepped(slices: Slices, value_of: Callable[[TraceRow], float | None], most: float) -> str:
    shown = ""
    for rows in slices:
        values = [value for value in map(value_of, rows) if value is not None]
        part = max(values, default=0.0) / most
        shown += STEPS[min(round(part * 8), 8)] if values else "?"
    return shown


def _current_of(phase: int) -> Callable[[TraceRow], float | None]:
    return lambda row: row.current_a[phase]


def _letters(slices: Slices) -> str:
    """Return the class of the pilot in each slice: the newest that is not the one before it."""
    shown = ""
    before = slices[0][0].pilot
    for rows in slices:
        name = next((row.pilot for row in reversed(rows) if row.pilot != before), before)
        shown += name if len(name) == 1 else "!"
        before = rows[-1].pilot
    return shown


def _words(slices: Slices) -> str:
    """Write each state of the sequence where it begins, as far as there is room."""
    states = [rows[-1].sequence for rows in slices]
    shown = ""
    for column, state in enumerate(states):
        if column and states[column - 1] == state:
            continue
        end = column
        while end < len(states) and states[end] == state:
            end += 1
        shown += ("|" + state.lower())[: end - column].ljust(end - column, "-")
    return shown


def _switch(rows: Sequence[TraceRow], is_on: Callable[[TraceRow], bool]) -> str:
    return ON if any(map(is_on, rows)) else OFF


def _axis(columns: int, first_ms: int, cause_ms: int) -> list[str]:
    marks, words = [" "] * (columns + 1), [" "] * (columns + LABEL_COLUMNS)
    for second in range(0, -first_ms // 1_000 + 1, TICK_S):
        column = _column(-second * 1_000, columns, first_ms)
        text = f"-{second} s" if second else "0"
        marks[column] = "┴"
        for place, letter in enumerate(text, max(0, min(column, columns - len(text) + 1))):
            words[place] = letter
    if cause_ms:
        marks[_column(cause_ms, columns, first_ms)] = "▲"
    label = " " * LABEL_COLUMNS
    return [label + "".join(marks).rstrip(), label + "".join(words).rstrip()]


def _column(at_ms: int, columns: int, first_ms: int) -> int:
    return min((at_ms - first_ms) * columns // max(-first_ms, 1), columns - 1)


def _lane(label: str, shown: str, edge: str = " ") -> str:
    return f"{label:>{LABEL_COLUMNS - 1}}{edge}{shown}".rstrip()
