"""Plot: what one case saw, as a picture written by hand: pilot, coil and current over time.

Values are drawn as steps, as they were sampled. The same outcome gives the same picture.
"""

from html import escape

from tools.hil.record import COIL, CURRENT, DUTY, HIGH, LOW, Change
from tools.hil.run import Outcome

WIDTH, LEFT, RIGHT, TOP = 900, 92, 16, 26
LANE_HIGH, GAP = 64, 22
POINTS_MAX = 1_500  # of one line; more is not seen
LANES = (
    ("pilot, V", ((HIGH, "#b00020"), (LOW, "#1d4e89")), -12_000, 12_000, 1_000),
    ("duty, %", ((DUTY, "#6a3fa0"),), 0, 1_000, 10),
    ("coil", ((COIL, "#0b6e4f"),), 0, 1, 1),
    ("current, A", ((CURRENT, "#8a5a00"),), 0, 32_000, 1_000),
)


def picture_of(outcome: Outcome) -> str:
    """The SVG of one case; empty if nothing was recorded."""
    if outcome.record is None or outcome.to_us <= outcome.from_us:
        return ""
    height = TOP + len(LANES) * (LANE_HIGH + GAP) + 10
    parts = [f'<svg viewBox="0 0 {WIDTH} {height}" role="img" class="plot">']
    parts.append(f"<title>{escape(outcome.case.name)}</title>")
    parts += _marks(outcome, height)
    for number, (name, lines, low, high, unit) in enumerate(LANES):
        base = TOP + number * (LANE_HIGH + GAP) + LANE_HIGH
        parts.append(_text(LEFT - 8, base - LANE_HIGH + 10, f"{high / unit:g}"))
        parts.append(_text(LEFT - 8, base, f"{low / unit:g}"))
        parts.append(_text(LEFT - 30, base - LANE_HIGH / 2 + 4, name))
        parts.append(
            f'<line class="grid" x1="{LEFT}" y1="{base}" x2="{WIDTH - RIGHT}" y2="{base}"/>'
        )
        for signal, color in lines:
            parts.append(_line(outcome, outcome.record.changes[signal], (base, low, high), color))
        if not any(outcome.record.changes[signal] for signal, _ in lines):
            parts.append(_text(LEFT + 130, base - LANE_HIGH / 2, "not measured by this rig"))
    parts += _seconds(outcome, height)
    return "\n".join([*parts, "</svg>"])


def _x(outcome: Outcome, at_us: int) -> float:
    part = (at_us - outcome.from_us) / (outcome.to_us - outcome.from_us)
    return LEFT + (WIDTH - LEFT - RIGHT) * min(1.0, max(0.0, part))


def _line(outcome: Outcome, changes: list[Change], scale: tuple[int, int, int], color: str) -> str:
    base, low, high = scale
    points: list[str] = []
    y = None
    for at_us, value in changes[:POINTS_MAX]:
        x = _x(outcome, at_us)
        if y is not None:
            points.append(f"{x:.1f},{y:.1f}")
        y = base - LANE_HIGH * (min(high, max(low, value)) - low) / (high - low)
        points.append(f"{x:.1f},{y:.1f}")
    if y is not None:
        points.append(f"{WIDTH - RIGHT},{y:.1f}")
    return f'<polyline points="{" ".join(points)}" stroke="{color}"/>'


def _marks(outcome: Outcome, height: int) -> list[str]:
    parts = []
    for number, (at_us, what) in enumerate(outcome.marks):
        x = _x(outcome, at_us)
        parts.append(f'<line class="mark" x1="{x:.1f}" y1="14" x2="{x:.1f}" y2="{height - 20}"/>')
        y = 10 + 10 * (number % 2)
        parts.append(f'<text class="mark" x="{x + 2:.1f}" y="{y}">{escape(what)}</text>')
    return parts


def _seconds(outcome: Outcome, height: int) -> list[str]:
    took_s = (outcome.to_us - outcome.from_us) / 1e6
    return [
        _text(
            LEFT + (WIDTH - LEFT - RIGHT) * quarter / 4, height - 4, f"{took_s * quarter / 4:.1f} s"
        )
        for quarter in range(1, 5)
    ]


def _text(x: float, y: float, words: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="end">{escape(words)}</text>'
