"""docs/users-ask.md lists every row that has a scenario here, and nothing that is not there."""

import re

from tests.tidy.sources import ROOT

PAGE = ROOT / "docs" / "users-ask.md"
NUMBERS = [*range(1, 11), *range(14, 26)]  # 11 to 13 are about network and updates
ROW = re.compile(r"^\| (\d+) \|.*\(\.\./(tests/[\w/]+\.py)\) \|$", re.MULTILINE)


def test_each_row_names_a_scenario_that_is_there_and_each_scenario_is_named() -> None:
    rows = [(int(number), path) for number, path in ROW.findall(PAGE.read_text())]
    every = re.findall(r"\(\.\./(tests/[\w/]+\.py)\)", PAGE.read_text())
    assert len(every) > len(rows)
    assert all((ROOT / path).exists() for path in every)
    assert [number for number, _ in rows] == NUMBERS
    folder = ROOT / "tests" / "scenarios_limits"
    here = {path.name for path in folder.glob("test_row_*.py")}
    assert here <= {path.rpartition("/")[2] for _, path in rows}
    for number, path in rows:
        name = path.rpartition("/")[2]
        assert name not in here or name.startswith(f"test_row_{number:02}_")
