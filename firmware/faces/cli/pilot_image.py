"""Pilot image: makes one file of all files of a pilot board, so that the board loads one module.

Each module costs its heap, and so does every name that one takes from another. Here what a file
defines at its top gets a name of its own in the whole, and whoever imported it reads that name.
Files follow each other as they are, so line ``n`` of a file is line ``n`` after where it begins;
``Image.place_of`` tells for a line of the whole, as in a traceback, which that is.
Who is not in the image but imports from it (``main.py``, tests) is relinked. Pure.
"""

import ast
import builtins
import keyword
import string
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping

from ampkeeper.firmware.faces.cli.errors import RefusedError
from ampkeeper.firmware.faces.cli.pilot_constants import fold, module_of
from ampkeeper.firmware.faces.cli.pilot_edits import Edit, edited, named
from ampkeeper.firmware.faces.cli.pilot_names import letters, said, shorten
from ampkeeper.firmware.faces.cli.pilot_numbers import File, parsed
from ampkeeper.firmware.faces.cli.pilot_program import Key, Program, pruned
from ampkeeper.firmware.faces.cli.pilot_scopes import (
    annotations,
    hiding,
    local_names,
    module_bound,
    name_bound,
    parameters,
)

STEM = "image"
MODULE = f"ampkeeper.{STEM}"
PACKAGE = "ampkeeper"
IGNORED = "0"  # in the place of an annotation, which a board does not look at
SCOPES = (
    ast.FunctionDef,
    ast.ClassDef,
    ast.Lambda,
    ast.ListComp,
    ast.SetComp,
    ast.DictComp,
    ast.GeneratorExp,
    ast.JoinedStr,
)
TAKEN = {*keyword.kwlist, *keyword.softkwlist, *dir(builtins)}


class Image:
    """The whole, and how to find one's way in it."""

    def __init__(
        self,
        program: Program,
        entries: Iterable[Key],
        words: set[str],
        sources: Mapping[str, str],
    ) -> None:
        self.program = program
        self.sources = sources
        self.order = _order(program)
        self.names = _names(program, self.order, [*entries])
        by_keyword = {word for file in program.files.values() for word in said(file)} | words
        self.begins: list[int] = []  # line of the whole before the first of each file
        texts: list[str] = []
        for module in self.order:
            self.begins.append(sum(text.count("\n") for text in texts))
            texts.append(_joined(program, module, self.names, by_keyword))
        self.text = "".join(texts)

    def place_of(self, line: int) -> tuple[str, int, str]:
        """File, line and function for a line of the whole, counted from 1."""
        at = bisect_right(self.begins, line - 1) - 1
        if at < 0 or line > self.text.count("\n"):
            raise RefusedError(f"the image has no line {line}")
        place, there = self.program.places[self.order[at]], line - self.begins[at]
        return place, there, _function(parsed(self.sources[place]), there)

    def relinked(self, text: str, place: str) -> str:
        """A file that imports from the package, importing from the image instead."""
        file = parsed(text)
        files = self.program.files
        modules = file.modules(files)
        edits: list[Edit] = []
        for node in file.nodes:
            if isinstance(node, ast.ImportFrom) and self.program.is_ours(node):
                edits.append((node, self._import(node)))
            elif isinstance(node, ast.Import) and any(each.name in files for each in node.names):
                raise RefusedError(f"{place}:{node.lineno}: write 'from ... import ...'")
        for node, key in outside_reads(file, self.program, place):
            local = ast.unparse(node.value)
            assert local in modules
            edits.append((node, f"{local}.{self.names[key]}"))
        return edited(text, edits)

    def _import(self, node: ast.ImportFrom) -> str:
        wanted, whole = [], []
        for each in node.names:
            key = self.program.meaning(str(node.module), each.name)
            local = each.asname or each.name
            if key[1]:
                wanted.append(f"{self.names[key]} as {local}")
            else:
                whole.append(f"from {PACKAGE} import {STEM} as {local}")
        lines = [f"from {MODULE} import {', '.join(wanted)}"] if wanted else []
        return "; ".join([*lines, *whole])


def made(
    program: Mapping[str, str],
    readers: Mapping[str, str],
    fixed: Mapping[str, str],
    kept: Iterable[Key] = (),
) -> tuple[Image, dict[str, str]]:
    """The image of ``program``, and ``readers`` and ``fixed`` as they import from it.

    All are texts by place. ``readers`` are changed as the program is; ``fixed`` only import from
    elsewhere. ``kept`` keep their names, so that what is written by hand can import them.
    """
    whole = {module_of(place): text for place, text in {**program, **readers}.items()}
    small = shorten(fold(whole, fixed.values()), fixed.values())
    outside = {place: small[module_of(place)] for place in readers} | {**fixed}
    inside = {module_of(place): place for place in program}
    texts = {module: small[module] for module in inside}
    one = image(texts, inside, outside, program, kept)
    return one, {place: one.relinked(text, place) for place, text in outside.items()}


def image(
    texts: Mapping[str, str],
    places: Mapping[str, str],
    readers: Mapping[str, str],
    sources: Mapping[str, str],
    kept: Iterable[Key] = (),
) -> Image:
    """Make one of ``texts``, by module, with what ``readers``, by place, import of it.

    ``sources``, by place, are what the texts were before. ``kept`` keep their names.
    """
    entries = [*kept]
    program = Program(texts, places)
    roots = [*entries]
    words: set[str] = set()
    for place, text in readers.items():
        file = parsed(text)
        roots += [key for _, key in outside_reads(file, program, place)]
        roots += [key for key in _imports(file, program) if key[1]]
        words |= {*said(file)} | {
            node.attr for node in file.nodes if isinstance(node, ast.Attribute)
        }
    left = pruned(texts, places, roots, words)
    return Image(Program(left, places), entries, words, sources)


def outside_reads(file: File, program: Program, place: str) -> Iterator[tuple[ast.Attribute, Key]]:
    """What a file that is not of the program reads as ``module.NAME``."""
    modules = file.modules(program.files)
    whole = {id(node.value): node for node in file.nodes if isinstance(node, ast.Attribute)}
    for node in file.nodes:
        if not isinstance(node, ast.Name) or node.id not in modules:
            continue
        if file.bound[node.id] > 1 or id(node) not in whole:
            raise RefusedError(f"{place}:{node.lineno}: hands the module {node.id!r} around")
        yield whole[id(node)], program.meaning(modules[node.id], whole[id(node)].attr)


def _imports(file: File, program: Program) -> Iterator[Key]:
    for node in file.imports:
        if program.is_ours(node):
            yield from (program.meaning(str(node.module), each.name) for each in node.names)


def _order(program: Program) -> list[str]:
    """The modules, each after those that it imports; RefusedError if there is no such order."""
    wants = {
        name: {
            inner if (inner := f"{node.module}.{each.name}") in program.files else str(node.module)
            for node in file.tree.body
            if isinstance(node, ast.ImportFrom) and program.is_ours(node)
            for each in node.names
        }
        for name, file in program.files.items()
    }
    order: list[str] = []
    while len(order) < len(wants):
        ready = [name for name in sorted(wants) if name not in order and wants[name] <= {*order}]
        if not ready:
            stuck = ", ".join(program.places[name] for name in sorted(wants) if name not in order)
            raise RefusedError(f"these import each other in a circle: {stuck}")
        order += ready
    return order


def _names(program: Program, order: list[str], entries: list[Key]) -> dict[Key, str]:
    """A name for each definition: short, and one that nothing in any function is called."""
    names = {program.meaning(*key): key[1] for key in entries}
    if len({*names.values()}) < len(names):
        raise RefusedError(f"two of these have one name: {sorted(names)}")
    local = {name for file in program.files.values() for name in hiding(file.tree)}
    taken = TAKEN | local | {*names.values()}
    free = (name for name in letters() if name not in taken)
    defined = (
        key
        for module in order
        for node in program.statements(module)
        for key in program.bound(module, node)
    )
    for key in defined:
        if key not in names:
            names[key] = next(free)
    return names


def _joined(program: Program, module: str, names: Mapping[Key, str], by_keyword: set[str]) -> str:
    """The text of a file as part of the whole."""
    file = program.files[module]
    kept = program.statements(module)
    edits: list[Edit] = [(node, "pass") for node in file.tree.body if node not in kept]
    edits += [(node, IGNORED) for each in kept for node in annotations(each)]
    mixed = {
        id(part)
        for node in file.nodes
        if isinstance(node, ast.JoinedStr)
        for part in ast.walk(node)
    }
    for expression, key in program.reads(module, kept):
        if id(expression) in mixed:  # Python 3.11 does not tell where in it a name stands
            raise program.refusal(module, expression, "reads a name of a module in an f-string")
        edits.append((expression, names[key]))
    for node in module_bound(kept):
        key = program.meaning(module, name_bound(node))
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            edits.append((named(node), names[key]))
        elif isinstance(node, ast.alias):
            edits.append((node, f"{node.name} as {names[key]}"))
    for each in kept:
        for part in ast.walk(each):
            if isinstance(part, ast.FunctionDef):
                edits += _parameters(part, by_keyword, {*names.values()})
    return edited(file.text, edits)


def _parameters(function: ast.FunctionDef, by_keyword: set[str], taken: set[str]) -> list[Edit]:
    """Short names for those that no call says; a function that holds others keeps all of its own.

    Locals cost nothing, but the name of a parameter stays in the heap.
    """
    parts = [part for node in function.body for part in ast.walk(node)]
    is_plain = not any(isinstance(part, SCOPES) for part in parts)
    short: dict[str, str] = {}
    names = local_names(function) | {part.id for part in parts if isinstance(part, ast.Name)}
    free = (letter for letter in string.ascii_lowercase if letter not in names | taken)
    edits: list[Edit] = []
    for each in parameters(function):
        if is_plain and each.arg not in by_keyword and len(each.arg) > 1:
            short[each.arg] = next(free, each.arg)
        edits.append((each, short.get(each.arg, each.arg)))  # without its annotation
    edits += [
        (part, short[part.id]) for part in parts if isinstance(part, ast.Name) and part.id in short
    ]
    return edits


def _function(file: File, line: int) -> str:
    """The innermost function or class around a line, with what it stands in."""
    around = [
        node
        for node in file.nodes
        if isinstance(node, ast.FunctionDef | ast.ClassDef)
        and node.lineno <= line <= (node.end_lineno or node.lineno)
    ]
    return ".".join(node.name for node in sorted(around, key=lambda node: node.lineno))
