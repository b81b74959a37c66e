"""Finds the tests that name a requirement: in a name, docstring, comment, decorator or table.

A test names an id if the id stands anywhere between its decorators and its last line, in the
comment right above it, or in a table of the module that the test uses by name. ``test_tv_cp_1_x``
names TV-CP-1. A module's docstring names nothing: it would lend its ids to every test.
"""

import ast
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

ID = re.compile(r"(?<![a-z0-9])(?:req|tv)-[a-z]+-(?:[0-9]+|ph)(?![a-z0-9])")
Function = ast.FunctionDef | ast.AsyncFunctionDef
FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)


@dataclass(frozen=True, order=True)
class Witness:
    """One test function; ``path`` is relative to the root."""

    path: str
    name: str


def ids_in(text: str) -> set[str]:
    """Return the ids that a piece of source names, as the sheet spells them."""
    return {found.upper() for found in ID.findall(text.lower().replace("_", "-"))}


def named_in(
    path: str, text: str, ids: Callable[[str], set[str]] = ids_in
) -> Iterator[tuple[str, Witness]]:
    """Yield each id that a test file names, with the test that names it.

    ``ids``: the ids in a piece of source.
    """
    lines = text.splitlines()
    tree = ast.parse(text, filename=path)
    tables = {name: _segment(lines, node) for node in tree.body for name in _bound(node)}
    for function in _tests(tree):
        source = _comment_above(lines, function) + _segment(lines, function)
        used = [tables[name] for name in _names(function) if name in tables]
        for found in sorted(ids("\n".join([source, *used]))):
            yield found, Witness(path, function.name)


def _tests(tree: ast.Module) -> Iterator[Function]:
    for node in ast.walk(tree):
        if isinstance(node, FUNCTIONS) and node.name.startswith("test_"):
            yield node


def _first_line(node: ast.AST) -> int:
    decorators: Iterable[ast.expr] = getattr(node, "decorator_list", ())
    return int(min([getattr(node, "lineno", 1), *(item.lineno for item in decorators)]))


def _segment(lines: list[str], node: ast.AST) -> str:
    return "\n".join(lines[_first_line(node) - 1 : getattr(node, "end_lineno", None)])


def _comment_above(lines: list[str], node: ast.AST) -> str:
    first = _first_line(node) - 1
    start = first
    while start > 0 and lines[start - 1].strip().startswith("#"):
        start -= 1
    return "\n".join([*lines[start:first], ""])


def _bound(node: ast.stmt) -> Iterator[str]:
    """The names that a table at the top of a module is given; helpers are no tables."""
    if isinstance(node, ast.Assign):
        yield from (item.id for item in node.targets if isinstance(item, ast.Name))
    elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
        yield node.target.id


def _names(function: Function) -> set[str]:
    return {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
