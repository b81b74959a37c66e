"""Finds the tests that name a case or a behaviour in their own name.

``test_tc_048_1_and_tc_050_1_x`` shows TC_048_1 and TC_050_1, ``test_tc_b_06_x`` TC_B_06,
``test_row_5_x`` ROW_05, ``test_seen_2_x`` SEEN_02. Nothing but a name counts: what a test is for
stands where a failure is read.
"""

import ast
import re
from collections.abc import Iterator
from dataclasses import dataclass

CASE = re.compile(r"(?:^|_)tc_(\d{3})(?:_(\d))?(?=_|$)")
CASE_201 = re.compile(r"(?:^|_)tc_([a-p])_(\d{2})(?=_|$)")
BEHAVIOUR = re.compile(r"(?:^|_)(row|seen)_(\d{1,2})(?=_|$)")


@dataclass(frozen=True, order=True)
class Witness:
    """One test function; ``path`` is relative to the root."""

    path: str
    name: str


def ids_in(name: str) -> set[str]:
    """Return the ids that the name of a test has, as the sheets spell them."""
    cases = {
        f"TC_{number}" + (f"_{variant}" if variant else "")
        for number, variant in CASE.findall(name)
    }
    cases |= {f"TC_{block.upper()}_{number}" for block, number in CASE_201.findall(name)}
    return cases | {f"{kind.upper()}_{int(number):02d}" for kind, number in BEHAVIOUR.findall(name)}


def functions_in(path: str, text: str) -> Iterator[Witness]:
    """Yield the tests of a file."""
    for node in ast.walk(ast.parse(text, filename=path)):
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            continue
        if node.name.startswith("test_"):
            yield Witness(path, node.name)


def named_in(path: str, text: str) -> Iterator[tuple[str, Witness]]:
    """Yield each id that a test file names, with the test that names it."""
    for test in functions_in(path, text):
        for found in sorted(ids_in(test.name)):
            yield found, test
