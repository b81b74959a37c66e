"""Pilot numbers: which names of a program stand for one integer, always.

A name counts if its module binds it once, at its top, to a number or an expression of such numbers;
``A, B, C = range(3)`` too, and what is imported from a module where it counts. A name that the
file binds again in any scope, or that another file changes, does not. Pure.
"""

import ast
from collections import Counter
from collections.abc import Iterator, Mapping
from functools import lru_cache

NUMBER_MAX = (1 << 30) - 1  # more would be an object of its own in the heap of the board
FILES_KEPT = 300  # several versions of each file of a board
BITS_MAX = 30  # a shift by more is no number of ours
SHIM = "const"  # of MicroPython; stands for its argument
Numbers = dict[str, int]


class File:
    """One file of the program, and what its text says of names."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.tree = ast.parse(text)
        self.nodes = [*ast.walk(self.tree)]
        self.bound = Counter(_bound(self.nodes))
        self.imports = [node for node in self.nodes if isinstance(node, ast.ImportFrom)]

    def modules(self, program: "Mapping[str, File]") -> dict[str, str]:
        """Which local names stand for modules of the program."""
        found = {}
        for node in self.nodes:
            if isinstance(node, ast.Import):
                found.update({each.asname or each.name: each.name for each in node.names})
        for node in self.imports:
            found.update(
                {each.asname or each.name: f"{node.module}.{each.name}" for each in node.names}
            )
        return {local: module for local, module in found.items() if module in program}


@lru_cache(maxsize=FILES_KEPT)
def parsed(text: str) -> File:
    """A file by its text; each step reads the same ones again."""
    return File(text)


def numbers_of(files: Mapping[str, File]) -> dict[str, Numbers]:
    """For each module, by local name, the numbers that are always there."""
    found: dict[str, Numbers] = {}
    for _ in range(len(files)):  # a chain of imports is no longer than this
        before = found
        found = {name: _learn(file, before) for name, file in files.items()}
        if found == before:
            break
    for module, name in _changed_from_outside(files):
        found[module].pop(name, None)
    return found


def _bound(nodes: list[ast.AST]) -> Iterator[str]:
    """Each name once for each time that it is bound, in any scope."""
    for node in nodes:
        if isinstance(node, ast.Name) and not isinstance(node.ctx, ast.Load):
            yield node.id
        elif isinstance(node, ast.arg):
            yield node.arg
        elif isinstance(node, ast.FunctionDef | ast.ClassDef):
            yield node.name
        elif isinstance(node, ast.alias):
            yield node.asname or node.name
        elif isinstance(node, ast.Global | ast.Nonlocal):
            yield from node.names
        elif isinstance(node, ast.ExceptHandler) and node.name:
            yield node.name


def _learn(file: File, others: Mapping[str, Numbers]) -> Numbers:
    known: Numbers = {}
    for node in file.tree.body:
        pairs = assigned(node, known)
        if isinstance(node, ast.ImportFrom):
            source = others.get(str(node.module), {})
            pairs = {each.asname or each.name: source.get(each.name) for each in node.names}
        known.update(
            {
                name: number
                for name, number in pairs.items()
                if number is not None and abs(number) <= NUMBER_MAX and file.bound[name] == 1
            }
        )
    return known


def _changed_from_outside(files: Mapping[str, File]) -> Iterator[tuple[str, str]]:
    """Module and name of what another file sets."""
    for file in files.values():
        modules = file.modules(files)
        for node in file.nodes:
            if not isinstance(node, ast.Attribute) or isinstance(node.ctx, ast.Load):
                continue
            if isinstance(node.value, ast.Name) and node.value.id in modules:
                yield modules[node.value.id], node.attr


def assigned(node: ast.stmt, known: Numbers) -> dict[str, int | None]:
    """Each name that a statement binds, with its number; None if it is bound to something else."""
    if not isinstance(node, ast.Assign) or len(node.targets) != 1:
        return {}
    target = node.targets[0]
    if isinstance(target, ast.Name):
        return {target.id: _number(node.value, known)}
    if not isinstance(target, ast.Tuple):
        return {}
    names = [each.id for each in target.elts if isinstance(each, ast.Name)]
    numbers = _several(node.value, known)
    is_whole = len(names) == len(numbers) == len(target.elts)
    return dict(zip(names, numbers, strict=True)) if is_whole else dict.fromkeys(names)


def _several(node: ast.expr, known: Numbers) -> list[int | None]:
    """The numbers of a tuple, or of a range."""
    if isinstance(node, ast.Tuple):
        return [_number(each, known) for each in node.elts]
    if not isinstance(node, ast.Call) or ast.unparse(node.func) != "range":
        return []
    limits = [_number(each, known) for each in node.args]
    return [*range(*(n for n in limits if n is not None))] if None not in limits else []


def _number(node: ast.expr, known: Numbers) -> int | None:
    """The number that an expression is: a literal, a name, ``const()`` or operators on these."""
    found: dict[int, int | None] = {}
    for part in reversed([*ast.walk(node)]):  # parts before the whole
        found[id(part)] = _value(part, found, known)
    return found[id(node)]


def _value(node: ast.AST, found: Mapping[int, int | None], known: Numbers) -> int | None:
    if isinstance(node, ast.Call) and ast.unparse(node.func) == SHIM:
        return found[id(node.args[0])]
    if isinstance(node, ast.Name):
        return known.get(node.id)
    if isinstance(node, ast.Constant) and isinstance(node.value, int):
        return node.value
    if isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.USub):
        number = found[id(node.operand)]
        return None if number is None else -number
    if isinstance(node, ast.BinOp):
        return _result(node.op, found[id(node.left)], found[id(node.right)])
    return None


def _result(op: ast.operator, left: int | None, right: int | None) -> int | None:
    if left is None or right is None:
        return None
    if isinstance(op, ast.Add):
        return left + right
    if isinstance(op, ast.Sub):
        return left - right
    if isinstance(op, ast.BitOr):
        return left | right
    if isinstance(op, ast.LShift):
        return left << right if 0 <= right <= BITS_MAX else None
    if isinstance(op, ast.FloorDiv):
        return left // right if right else None
    return left * right if isinstance(op, ast.Mult) else None
