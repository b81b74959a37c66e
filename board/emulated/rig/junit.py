"""JUnit: verdicts as the XML that every pipeline reads; pure."""

from collections.abc import Sequence
from xml.sax.saxutils import escape, quoteattr

from ampkeeper.board.emulated.rig.play import Verdict

FORBIDDEN = {code: None for code in range(32) if chr(code) not in "\t\n\r"}  # XML 1.0, 2.2


def report(verdicts: Sequence[Verdict]) -> str:
    """One test suite; a test case for each scenario. Times are of the chargers."""
    failed = sum(bool(verdict.problems) for verdict in verdicts)
    took_s = sum(verdict.took_s for verdict in verdicts)
    head = f'tests="{len(verdicts)}" failures="{failed}" errors="0" time="{took_s:.3f}"'
    lines = ['<?xml version="1.0" encoding="UTF-8"?>', f'<testsuite name="ampkeeper" {head}>']
    for verdict in verdicts:
        lines += _case(verdict)
    return "\n".join([*lines, "</testsuite>", ""])


def _case(verdict: Verdict) -> list[str]:
    scenario = verdict.scenario
    name, file = _quoted(scenario.name), _quoted(scenario.file)
    head = f'  <testcase classname="scenario" name={name} file={file} time="{verdict.took_s:.3f}"'
    if not verdict.problems:
        return [f"{head}/>"]
    first = _quoted(verdict.problems[0].splitlines()[0])
    text = escape("\n".join(verdict.problems).translate(FORBIDDEN))
    return [f"{head}>", f"    <failure message={first}>{text}</failure>", "  </testcase>"]


def _quoted(text: str) -> str:
    return quoteattr(text.translate(FORBIDDEN))
