"""The page of attacks: every class and weakness has a row, and each test that it names is one."""

import ast
import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "docs" / "update-attacks.md"
TEST = re.compile(r"`(tests/[\w/]+\.py)::(test_\w+)`")
CLASSES = (
    "Arbitrary software",
    "Rollback",
    "Fast-forward",
    "Indefinite freeze",
    "Mix-and-match",
    "Partial bundle",
    "Endless data",
    "Slow retrieval",
    "Wrong software",
    "Key compromise",
    "Drop-request, denial of service, eavesdropping",
    "Director or image repository taken over",
)
WEAKNESSES_MIN = 9


def rows() -> dict[str, str]:
    """What stands in the rows of both tables, by their first cell."""
    lines = [line for line in PAGE.read_text(encoding="utf-8").splitlines() if "`tests/" in line]
    cells = [line.strip("| ").split(" | ") for line in lines if line.startswith("| ")]
    return {cell[0]: cell[-1] for cell in cells}


@cache
def names_in(path: str) -> frozenset[str]:
    tree = ast.parse((ROOT / path).read_text(encoding="utf-8"))
    found = ast.FunctionDef | ast.AsyncFunctionDef
    return frozenset(one.name for one in tree.body if isinstance(one, found))


def test_each_class_and_each_weakness_has_a_row():
    names = list(rows())
    assert tuple(names[: len(CLASSES)]) == CLASSES
    assert len(names) - len(CLASSES) >= WEAKNESSES_MIN


def test_each_row_names_a_test_and_each_that_it_names_is_there():
    for name, told in rows().items():
        named = TEST.findall(told)
        assert named, name
        assert len(named) == told.count("`tests/"), f"{name}: not path::test"
        for path, test in named:
            assert test in names_in(path), f"{name}: {path} has no {test}"
