"""SVG: a trace as a picture, written by hand: both levels of the pilot, lanes, and currents.

Lines are steps, as the values were sampled; points where nothing changed are left out.
"""

from collections.abc import Callable, Iterable, Sequence
from html import escape

from ampkeeper.firmware.trace.rows import TraceRow, moment_of_cause

WIDTH, LEFT, RIGHT = 960, 92, 24
TOP, LEVELS_HIGH, LANE_HIGH, CURRENTS_HIGH, GAP = 56, 220, 22, 120, 26
VOLTS = 13.0  # the axis goes from + to - this
CURRENT_A_MIN = 6.0
COLORS = {"high": "#0b6e4f", "low": "#1d4e89", "duty": "#6b4c9a", "on": "#3d6d8a", "bad": "#b00020"}
PHASE_COLORS = ("#8a5a00", "#33302e", "#7a8288")  # IEC 60445: brown, black, gray
STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#222}.dim{fill:#666}.t{font-size:15px}"
    "polyline{fill:none;stroke-width:1.5}.grid{stroke:#ddd}.cause{stroke:#b00020;"
    "stroke-dasharray:4 3}"
)

Number = Callable[[TraceRow], float | None]
LANES: tuple[tuple[str, str, Callable[[TraceRow], bool]], ...] = (
    ("coil", "on", lambda row: row.coil),
    ("mirror", "on", lambda row: row.mirror),
    ("bolt in", "on", lambda row: row.is_bolt_in),
    ("RCD trip", "bad", lambda row: row.is_tripped),
    ("fault", "bad", lambda row: row.is_faulty),
)


def picture_of(rows: Sequence[TraceRow], title: str) -> str:
    """Return the whole document; with no rows, one that says so."""
    first_ms = min((row.at_ms for row in rows), default=-1)
    levels_end = TOP + LEVELS_HIGH
    lanes_at = levels_end + GAP
    currents_at = lanes_at + (len(LANES) + 3) * LANE_HIGH + GAP
    height = currents_at + CURRENTS_HIGH + 44
    parts = [f'<text class="t" x="{LEFT}" y="26">{escape(title)}</text>']
    if not rows:
        parts.append(f'<text x="{LEFT}" y="{TOP}">no rows</text>')
    else:
        parts += _grid(first_ms, height - 40, moment_of_cause(rows))
        parts += _levels(rows, first_ms)
        parts += _lanes(rows, first_ms, lanes_at)
        parts += _currents(rows, first_ms, currents_at)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}">'
    ground = f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>'
    return "\n".join([head, f"<style>{STYLE}</style>", ground, *parts, "</svg>"]) + "\n"


def _x(at_ms: int, first_ms: int) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * (at_ms - first_ms) / max(-first_ms, 1)


def _grid(first_ms: int, bottom: int, cause_ms: int) -> list[str]:
    parts = []
    for second in range(-first_ms // 1_000 + 1):
        x = _x(-second * 1_000, first_ms)
        parts.append(f'<line class="grid" x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{bottom}"/>')
        words = f"-{second} s" if second else "0"
        parts.append(_text(x, bottom + 18, words, "middle", "dim"))
    if cause_ms:
        x = _x(cause_ms, first_ms)
        parts.append(f'<line class="cause" x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{bottom}"/>')
    return parts


def _levels(rows: Sequence[TraceRow], first_ms: int) -> list[str]:
    def y_of(volts: float) -> float:
        inside = min(max(volts, -VOLTS), VOLTS)
        return TOP + LEVELS_HIGH * (VOLTS - inside) / (2 * VOLTS)

    parts = []
    for volts in (12, 9, 6, 3, 0, -12):
        y = y_of(volts)
        line = f'x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"'
        parts.append(f'<line class="grid" {line}/>')
        parts.append(_text(LEFT - 8, y + 4, f"{volts:+d} V", "end", "dim"))
    for name, value_of in (
        ("high", lambda row: y_of(row.high_mv / 1_000)),
        ("low", lambda row: y_of(row.low_mv / 1_000)),
    ):
        parts += _steps(rows, first_ms, value_of, COLORS[name])
    parts.append(_text(LEFT + 6, TOP - 8, "pilot high", "start", "", COLORS["high"]))
    parts.append(_text(LEFT + 86, TOP - 8, "pilot low", "start", "", COLORS["low"]))
    return parts


def _lanes(rows: Sequence[TraceRow], first_ms: int, y: float) -> list[str]:
    parts = []
    for label, value_of in (
        ("pilot", lambda row: row.pilot),
        ("sequence", lambda row: row.sequence.lower()),
    ):
        parts.append(_text(LEFT - 8, y + 15, label, "end"))
        for start_ms, end_ms, value in _runs(rows, value_of):
            x, end_x = _x(start_ms, first_ms), _x(end_ms, first_ms)
            box = f'x="{x:.1f}" y="{y + 2}" width="{max(end_x - x, 1):.1f}" height="18"'
            parts.append(f'<rect {box} fill="#eef1f4" stroke="#aaa"/>')
            if end_x - x > 7 * len(value):
                parts.append(_text(x + 4, y + 15, value, "start"))
        y += LANE_HIGH
    parts.append(_text(LEFT - 8, y + 15, "duty", "end"))
    base = y + LANE_HIGH - 2
    parts += _steps(rows, first_ms, lambda row: base - row.duty_permille * 0.018, COLORS["duty"])
    for label, color, is_on in LANES:
        y += LANE_HIGH
        parts.append(_text(LEFT - 8, y + 15, label, "end"))
        for start_ms, end_ms, value in _runs(rows, _on(is_on)):
            if value:
                x = _x(start_ms, first_ms)
                wide = max(_x(end_ms, first_ms) - x, 1)
                box = f'x="{x:.1f}" y="{y + 5}" width="{wide:.1f}" height="12"'
                parts.append(f'<rect {box} fill="{COLORS[color]}"/>')
    return parts


def _currents(rows: Sequence[TraceRow], first_ms: int, top: float) -> list[str]:
    known = [a for row in rows for a in row.current_a if a is not None]
    most_a = max(CURRENT_A_MIN, *known, 0.0)
    parts = []
    for part in (0.0, 0.5, 1.0):
        y = top + CURRENTS_HIGH * (1 - part)
        line = f'x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"'
        parts.append(f'<line class="grid" {line}/>')
        parts.append(_text(LEFT - 8, y + 4, f"{part * most_a:g} A", "end", "dim"))
    for phase, color in enumerate(PHASE_COLORS):

        def y_of(row: TraceRow, at: int = phase) -> float | None:
            current_a = row.current_a[at]
            return None if current_a is None else top + CURRENTS_HIGH * (1 - current_a / most_a)

        parts += _steps(rows, first_ms, y_of, color)
        parts.append(_text(LEFT + 6 + 28 * phase, top - 6, f"L{phase + 1}", "start", "", color))
    if not known:
        parts.append(_text(LEFT + 100, top - 6, "not measured", "start", "dim"))
    return parts


def _steps(rows: Sequence[TraceRow], first_ms: int, y_of: Number, color: str) -> list[str]:
    """Return one line for each stretch where the value is known."""
    stretches: list[list[str]] = [[]]
    before: float | None = None
    for row in rows:
        y = y_of(row)
        x = _x(row.at_ms, first_ms)
        if y is None:
            stretches.append([])
        elif y != before or row.at_ms == 0:
            corner = [] if before is None else [f"{x:.1f},{before:.1f}"]
            stretches[-1] += [*corner, f"{x:.1f},{y:.1f}"]
        before = y
    lines = (" ".join(points) for points in stretches if points)
    return [f'<polyline stroke="{color}" points="{points}"/>' for points in lines]


def _runs(
    rows: Sequence[TraceRow], value_of: Callable[[TraceRow], str]
) -> Iterable[tuple[int, int, str]]:
    """Yield begin, end and value of each stretch of time with one value."""
    start = rows[0]
    for row in rows:
        if value_of(row) != value_of(start):
            yield start.at_ms, row.at_ms, value_of(start)
            start = row
    yield start.at_ms, 0, value_of(start)


def _on(is_on: Callable[[TraceRow], bool]) -> Callable[[TraceRow], str]:
    return lambda row: "on" if is_on(row) else ""


def _text(x: float, y: float, words: str, anchor: str, kind: str = "", color: str = "") -> str:
    fill = f' style="fill:{color}"' if color else ""
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text class="{kind}" {place}{fill}>{escape(words)}</text>'
