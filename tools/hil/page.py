"""Page: a run as one HTML file: a table of all timings, and a picture of each case. No script."""

from collections.abc import Sequence
from html import escape

from tools.hil.cases import NOT_FROM_OUTSIDE
from tools.hil.plot import picture_of
from tools.hil.run import Outcome

STYLE = """
body{font:15px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;color:#222}
table{border-collapse:collapse;width:100%}td,th{padding:.25rem .6rem;text-align:left}
th{border-bottom:2px solid #888}td{border-bottom:1px solid #ddd}.number{text-align:right}
.passed{color:#0b6e4f}.failed,.stopped{color:#b00020;font-weight:bold}.skipped{color:#666}
.plot{width:100%;background:#fff}.plot text{font:11px system-ui,sans-serif;fill:#555}
.plot polyline{fill:none;stroke-width:1.4}.plot .grid{stroke:#ddd}
.plot line.mark{stroke:#bbb;stroke-dasharray:3 3}.plot text.mark{fill:#888;font-size:9px}
"""


def page(outcomes: Sequence[Outcome], station: str, about: str, resolution_us: int) -> str:
    """The whole document."""
    counts = dict.fromkeys(("passed", "failed", "skipped", "stopped"), 0)
    for outcome in outcomes:
        counts[outcome.verdict] += 1
    told = ", ".join(f"{count} {verdict}" for verdict, count in counts.items())
    parts = ['<!doctype html><html lang="en"><head><meta charset="utf-8">']
    parts.append(f"<title>Rig: {escape(station)}</title><style>{STYLE}</style></head><body>")
    parts.append(f"<h1>{escape(station)}</h1><p>{escape(about)}.")
    parts.append(f"Stamps are exact to {resolution_us / 1_000:g} ms. {told}.</p>")
    parts.append("<h2>Timings</h2><table><thead><tr><th>requirement</th><th>what</th>")
    parts.append('<th class="number">limit</th><th class="number">measured</th><th>verdict</th>')
    parts.append("</tr></thead><tbody>")
    for outcome in outcomes:
        parts += _rows(outcome)
    for ids, why in NOT_FROM_OUTSIDE.items():
        parts.append(_row(ids, why, "", "", "skipped"))
    parts.append("</tbody></table>")
    for outcome in outcomes:
        parts += _case(outcome)
    return "\n".join([*parts, "</body></html>", ""])


def _rows(outcome: Outcome) -> list[str]:
    rows = [
        _row(
            check.ids,
            check.what,
            check.limit,
            "not seen" if check.measured is None else f"{check.measured:g} {check.unit}",
            "passed" if check.is_good else "failed",
        )
        for check in outcome.checks
    ]
    if outcome.why:
        rows.append(_row(outcome.case.ids, outcome.why, "", "", outcome.verdict))
    return rows


def _row(ids: str, what: str, limit: str, seen: str, verdict: str) -> str:
    cells = f"<td>{escape(ids)}</td><td>{escape(what)}</td>"
    numbers = "".join(f'<td class="number">{escape(text)}</td>' for text in (limit, seen))
    return f'<tr>{cells}{numbers}<td class="{verdict}">{verdict}</td></tr>'


def _case(outcome: Outcome) -> list[str]:
    picture = picture_of(outcome)
    if not picture:
        return []
    case = outcome.case
    head = f"<h2>{escape(case.name)}: {escape(case.ids)}</h2><p>{escape(case.title)}."
    return [head, f'<span class="{outcome.verdict}">{outcome.verdict}</span></p>', picture]
