"""JUnit: outcomes as the XML that every pipeline reads; pure."""

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from tools.hil.run import FAILED, SKIPPED, STOPPED, Outcome

FORBIDDEN = {code: None for code in range(32) if chr(code) not in "\t\n\r"}  # XML 1.0, 2.2


def junit(outcomes: Sequence[Outcome], station: str) -> str:
    """One suite; a case of the suite for each case; its time is the charger's."""
    verdicts = [outcome.verdict for outcome in outcomes]
    took_s = sum(outcome.to_us - outcome.from_us for outcome in outcomes) / 1e6
    head = (
        f'tests="{len(outcomes)}" failures="{verdicts.count(FAILED)}" '
        f'errors="{verdicts.count(STOPPED)}" skipped="{verdicts.count(SKIPPED)}" '
        f'time="{took_s:.3f}"'
    )
    lines = ['<?xml version="1.0" encoding="UTF-8"?>']
    lines.append(f"<testsuite name={_quoted(f'rig: {station}')} {head}>")
    for outcome in outcomes:
        lines += _case(outcome)
    return "\n".join([*lines, "</testsuite>", ""])


def measured(outcome: Outcome) -> list[str]:
    """Each check as one line."""
    return [
        f"{'ok  ' if check.is_good else 'BAD '} {check.ids}: {check.what}: "
        f"{'not seen' if check.measured is None else f'{check.measured:g} {check.unit}'}, "
        f"limit {check.limit}"
        for check in outcome.checks
    ]


def _case(outcome: Outcome) -> list[str]:
    case = outcome.case
    took_s = (outcome.to_us - outcome.from_us) / 1e6
    name = _quoted(f"{case.name}: {case.ids}")
    body: list[str] = []
    if outcome.verdict == SKIPPED:
        body.append(f"    <skipped message={_quoted(outcome.why)}/>")
    elif outcome.verdict == STOPPED:
        body.append(f"    <error message={_quoted(outcome.why)}/>")
    elif outcome.verdict == FAILED:
        bad = [line for line in measured(outcome) if line.startswith("BAD")]
        body.append(f"    <failure message={_quoted(outcome.why or '; '.join(bad))}/>")
    text = "\n".join(measured(outcome))
    if text:
        body.append(f"    <system-out>{escape(text.translate(FORBIDDEN))}</system-out>")
    head = f'  <testcase classname="rig" name={name} time="{took_s:.3f}">'
    return [head, *body, "  </testcase>"]


def _quoted(text: str) -> str:
    return quoteattr(text.translate(FORBIDDEN))
