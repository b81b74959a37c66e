"""Rows: the features of the EV model (requirements, section 8.2), and which test shows which.

``@shows(n)`` stands on each test. ``python -m tests.scenarios_ev.rows`` writes the table into
README.md; ``test_ev_rows.py`` compares.
"""

import ast
from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

Test = TypeVar("Test", bound=Callable[..., Any])

FOLDER = Path(__file__).parent
README = FOLDER / "README.md"
BEGIN, END = "<!-- made from rows.py: begin -->", "<!-- made from rows.py: end -->"
ROWS = (
    "S2, R_B, R_C, R_D, each 20 % off",
    "Diode: ok, short, open, reversed, leaky",
    "CP: open, short at the plug, short behind the diode, series R, capacitance",
    "Noise: white, 50 Hz, burst of the contactor, single samples",
    "PP: none, every coding, short, 150 and 480 ohm, drift, open while charging",
    "Current: 0 to 80 A, ramp, 1/2/3 phases, power factor, least current",
    "Max accepted: what the charger on board can take",
    "Reaction delay: to a new duty, to X1",
    "Whole amperes: floor, nearest",
    "Sleepy: edge, CP open, F, own clock, BCB, never",
    "Stubborn: ignores X1 for a time, or for ever",
    "Overdraw: up to 30 %, for a time",
    "Chatter: bounce of S2, C pulses, B-C-B toggles",
    "Glitch after a new duty",
    "Plug bounce",
    "Simplified EV",
    "State D, with and without ventilation",
    "F-allergic",
    "Phase hazard",
    "HLC first",
    "Leakage: AC, DC, slope",
    "Imbalance, one phase of three",
    "Unplug under load, loss of PE and N, weld, feedback, brown-out",
    "Meter: lag, drop, NaN, wrong sign, rollover",
    "Randomised soak, seeded, with the invariants I1 to I7",
)
QUIRK = 0  # section 3.5: cars as they are met


def shows(row: int) -> Callable[[Test], Test]:
    """Say which row a test shows; ``QUIRK`` for the cars of section 3.5."""
    assert QUIRK <= row <= len(ROWS)

    def mark(test: Test) -> Test:
        return test

    return mark


def found() -> dict[int, list[str]]:
    """The tests of each row, in the order in which they stand, as ``file: name``."""
    by_row: dict[int, list[str]] = {row: [] for row in range(len(ROWS) + 1)}
    for path in sorted(FOLDER.glob("test_*.py")):
        for node in ast.parse(path.read_text(encoding="utf-8")).body:
            for row in _rows_of(node):
                by_row[row].append(f"{path.stem}: {getattr(node, 'name', '')}")
    return by_row


def table() -> str:
    """One line per test, by row."""
    by_row = found()
    lines = ["| row | feature | shown by |", "|---|---|---|"]
    for row, feature in enumerate(ROWS, start=1):
        lines += [f"| {row} | {feature} | {_shown(test)} |" for test in by_row[row]]
    lines += ["", "| quirk of a car (section 3.5) |", "|---|"]
    lines += [f"| {_shown(test)} |" for test in by_row[QUIRK]]
    return "\n".join(lines)


def with_table(page: str) -> str:
    """The page with the table as it is now."""
    head, _, rest = page.partition(BEGIN)
    _, _, tail = rest.partition(END)
    return f"{head}{BEGIN}\n\n{table()}\n\n{END}{tail}"


def _rows_of(node: ast.stmt) -> list[int]:
    """The rows that stand on a test; none on anything else."""
    marks = node.decorator_list if isinstance(node, ast.FunctionDef) else []
    calls = [mark for mark in marks if isinstance(mark, ast.Call)]
    rows = [call.args[0] for call in calls if getattr(call.func, "id", "") == "shows"]
    return [QUIRK if isinstance(row, ast.Name) else int(ast.literal_eval(row)) for row in rows]


def _shown(test: str) -> str:
    """``test_a_car_leaves`` as a sentence."""
    name = test.partition(": ")[2]
    return name.removeprefix("test_").replace("_", " ")


if __name__ == "__main__":
    README.write_text(with_table(README.read_text(encoding="utf-8")), encoding="utf-8")
