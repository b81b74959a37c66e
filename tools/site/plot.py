"""Plot: a site's hours as one picture, written by hand: the feeder, who had what, who waited.

Lines are steps, as values were sampled. The same outcome gives the same picture.
"""

from collections.abc import Sequence
from html import escape

from ampkeeper.firmware.site.circuits import PHASES
from tools.site.run import HOUR_S, Outcome, Sample

WIDTH, LEFT, RIGHT = 960, 92, 24
TOP, FEEDER_HIGH, LANE_HIGH, WAITS_HIGH, GAP = 56, 220, 18, 110, 40
PHASE_COLORS = ("#8a5a00", "#33302e", "#7a8288")  # IEC 60445: brown, black, gray
FUSE, HOUSE, HAD, WAITED, LED = "#b00020", "#d8c9a8", "#0b6e4f", "#e8a33d", "#1d4e89"
CHARGER_A = 32.0  # a full lane
OVER = 1.15  # of the fuse: the top of the scale, if nothing was above
STYLE = (
    "text{font:12px system-ui,sans-serif;fill:#222}.dim{fill:#666}.t{font-size:15px}"
    "polyline{fill:none;stroke-width:1.3}.grid{stroke:#ddd}.fuse{stroke:#b00020;"
    "stroke-dasharray:5 4}"
)


def picture_of(outcome: Outcome, title: str) -> str:
    """The whole document."""
    lanes_at = TOP + FEEDER_HIGH + GAP
    waits_at = lanes_at + LANE_HIGH * (len(outcome.roster.seats) + 1) + GAP
    height = waits_at + WAITS_HIGH + 36
    parts = [_text(LEFT, 26, title, "start", "t")]
    parts += _hours(outcome, waits_at - GAP + 6)
    parts += _feeder(outcome)
    parts += _lanes(outcome, lanes_at)
    parts += _waits(outcome, waits_at)
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}">'
    ground = f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>'
    return "\n".join([head, f"<style>{STYLE}</style>", ground, *parts, "</svg>"]) + "\n"


def _x(outcome: Outcome, at_s: float) -> float:
    return LEFT + (WIDTH - LEFT - RIGHT) * at_s / (outcome.spec.hours * HOUR_S)


def _hours(outcome: Outcome, bottom: float) -> list[str]:
    """A line each quarter of the time."""
    parts = []
    for quarter in range(5):
        at_s = outcome.spec.hours * HOUR_S * quarter / 4
        x = _x(outcome, at_s)
        parts.append(f'<line class="grid" x1="{x:.1f}" y1="{TOP}" x2="{x:.1f}" y2="{bottom:.1f}"/>')
        minutes = round(at_s / 60)
        words = f"{minutes // 60}:{minutes % 60:02}"
        parts.append(_text(x, bottom + 14, words, "middle", "dim"))
    return parts


def _feeder(outcome: Outcome) -> list[str]:
    most_a = max(outcome.feeder_a * OVER, *(max(each.feeder_a) for each in outcome.samples))
    base = TOP + FEEDER_HIGH

    def y_of(current_a: float) -> float:
        return base - FEEDER_HIGH * max(0.0, current_a) / most_a

    parts = []
    for part in (0.0, 0.5, 1.0):
        y = y_of(part * outcome.feeder_a)
        kind = "fuse" if part == 1.0 else "grid"
        parts.append(
            f'<line class="{kind}" x1="{LEFT}" y1="{y:.1f}" x2="{WIDTH - RIGHT}" y2="{y:.1f}"/>'
        )
        parts.append(_text(LEFT - 8, y + 4, f"{part * outcome.feeder_a:g} A", "end", "dim"))
    for phase in PHASES:
        house = [y_of(each.house_a[phase]) for each in outcome.samples]
        parts.append(_steps(outcome, house, HOUSE))
    for phase in PHASES:
        drawn = [y_of(each.feeder_a[phase]) for each in outcome.samples]
        parts.append(_steps(outcome, drawn, PHASE_COLORS[phase]))
        name = f"feeder L{phase + 1}"
        parts.append(_text(LEFT + 6 + 78 * phase, TOP - 8, name, "start", "", PHASE_COLORS[phase]))
    parts.append(_text(LEFT + 250, TOP - 8, "house", "start", "", HOUSE))
    parts.append(_text(LEFT + 300, TOP - 8, "the fuse", "start", "", FUSE))
    return parts


def _lanes(outcome: Outcome, y: float) -> list[str]:
    """A lane for each charger: how high it is filled is what it was offered."""
    parts = [
        _text(LEFT, y - 6, f"offered, full height is {CHARGER_A:g} A", "start", "", HAD),
        _text(LEFT + 220, y - 6, "wishes, and waits", "start", "", WAITED),
        _text(LEFT + 350, y - 6, "leads", "start", "", LED),
    ]
    for name in outcome.roster.seats:
        base = y + LANE_HIGH - 2
        parts.append(_text(LEFT - 8, base - 3, name, "end"))
        for start, end, offered_a, waits in _runs(outcome.samples, name):
            x, end_x = _x(outcome, start), _x(outcome, end)
            high = (LANE_HIGH - 4) * offered_a / CHARGER_A
            color = WAITED if waits else HAD
            high = LANE_HIGH / 3 if waits else high
            if high:
                box = f'x="{x:.1f}" y="{base - high:.1f}" width="{end_x - x:.1f}"'
                parts.append(f'<rect {box} height="{high:.1f}" fill="{color}"/>')
        y += LANE_HIGH
    parts.append(_text(LEFT - 8, y + LANE_HIGH - 5, "leader", "end"))
    for start, end, leader in _leaders(outcome.samples):
        x, end_x = _x(outcome, start), _x(outcome, end)
        box = f'x="{x:.1f}" y="{y + 4}" width="{end_x - x:.1f}" height="{LANE_HIGH - 6}"'
        parts.append(f'<rect {box} fill="#eef1f4" stroke="{LED}"/>')
        if end_x - x > 8 * len(leader):
            parts.append(_text(x + 4, y + LANE_HIGH - 4, leader, "start"))
    return parts


def _waits(outcome: Outcome, top: float) -> list[str]:
    """A bar for each car, the longest wait first, of all the time that it was there."""
    waits = sorted((visit.waited_s / 60 for visit in outcome.visits), reverse=True)
    most = max(1.0, *waits, 0.0) if waits else 1.0
    base = top + WAITS_HIGH
    parts = [
        _text(LEFT, top - 6, "minutes that each car waited in all, the longest first", "start"),
        f'<line class="grid" x1="{LEFT}" y1="{base}" x2="{WIDTH - RIGHT}" y2="{base}"/>',
        _text(LEFT - 8, top + 8, f"{most:.0f} min", "end", "dim"),
    ]
    wide = (WIDTH - LEFT - RIGHT) / max(len(waits), 1)
    for number, minutes in enumerate(waits):
        high = max(WAITS_HIGH * minutes / most, 1.0)
        box = f'x="{LEFT + number * wide:.1f}" y="{base - high:.1f}" width="{wide * 0.8:.1f}"'
        parts.append(f'<rect {box} height="{high:.1f}" fill="{WAITED}"/>')
    return parts


def _runs(samples: Sequence[Sample], name: str) -> list[tuple[float, float, float, bool]]:
    """Begin and end of each stretch in which a charger offered the same, in s."""
    found: list[tuple[float, float, float, bool]] = []
    before_s = 0.0
    for sample in samples:
        value = (round(sample.offered_a[name], 1), name in sample.waiting)
        if found and found[-1][2:] == value:
            found[-1] = (found[-1][0], sample.at_s, *value)
        else:
            found.append((before_s, sample.at_s, *value))
        before_s = sample.at_s
    return [run for run in found if run[2] or run[3]]


def _leaders(samples: Sequence[Sample]) -> list[tuple[float, float, str]]:
    found: list[tuple[float, float, str]] = []
    before_s = 0.0
    for sample in samples:
        if found and found[-1][2] == sample.leader:
            found[-1] = (found[-1][0], sample.at_s, sample.leader)
        else:
            found.append((before_s, sample.at_s, sample.leader))
        before_s = sample.at_s
    return [run for run in found if run[2]]


def _steps(outcome: Outcome, heights: Sequence[float], color: str) -> str:
    points: list[str] = []
    before: float | None = None
    before_s = 0.0
    for sample, y in zip(outcome.samples, heights, strict=True):
        if y != before:
            x = _x(outcome, before_s)
            corner = [] if before is None else [f"{x:.1f},{before:.1f}"]
            points += [*corner, f"{x:.1f},{y:.1f}"]
        before, before_s = y, sample.at_s
    points.append(f"{_x(outcome, before_s):.1f},{heights[-1]:.1f}")
    return f'<polyline stroke="{color}" points="{" ".join(points)}"/>'


def _text(x: float, y: float, words: str, anchor: str, kind: str = "", color: str = "") -> str:
    fill = f' style="fill:{color}"' if color else ""
    place = f'x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}"'
    return f'<text class="{kind}" {place}{fill}>{escape(words)}</text>'
