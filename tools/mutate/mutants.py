"""Makes the mutants of one file: mutmut's own operators, and tables with a row missing.

mutmut switches mutants at run time by wrapping functions, so it drops what stands outside them.
Ring 1 is tables and limits, which stand there; so its operators are used, and the runner is ours.
"""

import ast
import hashlib
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache

import libcst as cst
from libcst.metadata import CodeRange, MetadataWrapper, PositionProvider
from mutmut.mutation.file_mutation import Mutation, MutationVisitor
from mutmut.mutation.mutators import mutation_operators
from mutmut.mutation.pragma_handling import IgnoredCode

TABLE_BEGIN = re.compile(r"^[A-Z_]+ = (bytes\(\[|\()$")
TABLE_END = re.compile(r"^\]?\)")
COMMENT = re.compile(r"(^|  )#.*$")


@dataclass(frozen=True)
class Mutant:
    """One change, named by the lines that it changes: what changes others has another name."""

    name: str  # "contactor.Contactor.command: `if coil == self.coil:` -> `if coil != self.coil:`"
    first_line: int
    last_line: int
    is_outside: bool  # not in a function: done when the module is imported
    code: str  # of the whole file
    digest: str  # of the file's statement and the change: says whether a result still holds


def mutants_of(module: str, code: str) -> list[Mutant]:
    """Return every mutant of a file, in its order."""
    wrapper = MetadataWrapper(cst.parse_module(code))
    visitor = MutationVisitor(mutation_operators, IgnoredCode(set(), set(), set()))
    tree = wrapper.visit(visitor)
    positions = wrapper.resolve(PositionProvider)
    lines = code.splitlines(keepends=True)
    found: list[Mutant] = []
    owners = _owners(code)
    for mutation in visitor.mutations:
        before, after = _text(mutation.original_node), _text(mutation.mutated_node)
        place = positions.get(mutation.original_node)
        first, last = (place.start.line, place.end.line) if place else (1, len(lines))
        if _is_docstring(before):
            continue
        changed = _spliced(lines, place, before, after) if place else None
        if changed is None:
            replaced = tree.deep_replace(mutation.original_node, mutation.mutated_node)
            assert isinstance(replaced, cst.Module), "a node within it was replaced"
            changed = replaced.code
        name = f"{module}{owners.get(first, '')}: {_change(lines, changed.splitlines())}"
        digest = _digest(code, changed, first)
        found.append(Mutant(name, first, last, _is_outside(mutation), changed, digest))
    for number, line in _rows(lines):
        changed = "".join(lines[: number - 1] + lines[number:])
        name = f"{module}: without row {_plain([line])}"
        digest = _digest(code, changed, number)
        found.append(Mutant(name, number, number, True, changed, digest))
    return _told_apart(found, lines)


def _told_apart(found: list[Mutant], lines: list[str]) -> list[Mutant]:
    """Name the line before it, too, where a function has the same line twice; else count."""
    digests: dict[str, set[str]] = {}
    for each in found:
        digests.setdefault(each.name, set()).add(each.digest)
    counts: Counter[str] = Counter()
    told = []
    for each in found:
        name = each.name
        if len(digests[name]) > 1:
            name += f" after `{_plain(lines[each.first_line - 2 : each.first_line - 1])}`"
        counts[name] += 1
        told.append(replace(each, name=f"{name} #{counts[name]}" if counts[name] > 1 else name))
    return told


def _digest(code: str, changed: str, line: int) -> str:
    """Return a digest of the statement that holds a line, before and after."""
    return hashlib.sha256("\0".join(_statement(code, changed, line)).encode()).hexdigest()[:16]


def _change(before: list[str], after: list[str]) -> str:
    """Return the lines that differ, before and after."""
    old, new = [line.rstrip() for line in before], [line.rstrip() for line in after]
    head = _same(old, new)
    tail = _same(old[head:][::-1], new[head:][::-1])
    return f"`{_plain(old[head : len(old) - tail])}` -> `{_plain(new[head : len(new) - tail])}`"


def _same(one: list[str], other: list[str]) -> int:
    """Return how many lines are the same before the first that is not."""
    pairs = enumerate(zip(one, other, strict=False))
    return next((at for at, (a, b) in pairs if a != b), min(len(one), len(other)))


def _plain(lines: list[str]) -> str:
    """Return lines as one, without comments and indentation."""
    return " ".join(" ".join(COMMENT.sub("", line) for line in lines).split())


def _spliced(lines: list[str], place: CodeRange, before: str, after: str) -> str | None:
    """Return the file with one piece of text replaced; None where the piece is not found as is."""
    first, last = place.start.line - 1, place.end.line - 1
    head, tail = lines[first][: place.start.column], lines[last][place.end.column :]
    here = "".join(lines[first : last + 1])
    if here != head + before + tail:
        return None
    above, below = "".join(lines[:first]), "".join(lines[last + 1 :])
    return f"{above}{head}{after}{tail}{below}"


def _statement(code: str, changed: str, line: int) -> tuple[str, str]:
    """Return the function or the statement at the top that holds a line, before and after."""
    before, after = code.splitlines(), changed.splitlines()
    first, last = next(((a, b) for a, b in _spans(code) if a <= line <= b), (1, len(before)))
    rest = len(before) - last
    return "\n".join(before[first - 1 : last]), "\n".join(after[first - 1 : len(after) - rest])


@cache
def _spans(code: str) -> tuple[tuple[int, int], ...]:
    """Return first and last line of each function, method and statement at the top."""
    top = ast.parse(code).body
    inner = [each for owner in top if isinstance(owner, ast.ClassDef) for each in owner.body]
    return tuple((each.lineno, each.end_lineno or each.lineno) for each in (*inner, *top))


def _is_outside(mutation: Mutation) -> bool:
    return mutation.contained_by_top_level_function is None


def _text(node: cst.CSTNode) -> str:
    return str(cst.Module([]).code_for_node(node))


def _is_docstring(text: str) -> bool:
    return text.startswith('"""')


def _owners(code: str) -> dict[int, str]:
    """Return for each line the class and function that it stands in."""
    owners: dict[int, str] = {}
    inside = ""
    name = ""
    for number, line in enumerate(code.splitlines(), 1):
        found = re.match(r"( *)(class|def) (\w+)", line)
        if found and not found[1]:
            inside = f".{found[3]}" if found[2] == "class" else ""
            name = f".{found[3]}"
        elif found and len(found[1]) == 4:
            name = f"{inside}.{found[3]}"
        elif line and not line.startswith((" ", ")", "#")):
            inside = name = ""
        owners[number] = name
    return owners


def _rows(lines: list[str]) -> Iterator[tuple[int, str]]:
    """Yield number and text of each row of a table at the top of a module."""
    is_in = False
    for number, line in enumerate(lines, 1):
        if TABLE_BEGIN.match(line.rstrip()):
            is_in = True
        elif is_in and TABLE_END.match(line):
            is_in = False
        elif is_in and line.strip() and not line.strip().startswith("#"):
            yield number, line
