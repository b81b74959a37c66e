"""Pilot names: gives the attributes and methods of a program short names, shared by its files.

Each different name stays in the heap of the board once, with its letters. So two files may call
different things ``_a``; one file, and a class with those that it extends, never does.
A name stays as it is if it may be somebody else's too (``pilot_foreign.py``), if a string or a
keyword says it, or if a file reads it that is not changed. Source in, source out, and lines keep
their numbers; pure.
"""

import ast
import itertools
import re
import string
from collections.abc import Iterable, Iterator, Mapping

from ampkeeper.firmware.faces.cli.pilot_edits import Edit, edited, named
from ampkeeper.firmware.faces.cli.pilot_foreign import FOREIGN
from ampkeeper.firmware.faces.cli.pilot_numbers import File, parsed
from ampkeeper.firmware.faces.cli.pilot_scopes import module_bound

Files = Mapping[str, File]


def shorten(sources: Mapping[str, str], fixed: Iterable[str] = ()) -> dict[str, str]:
    """Return ``sources``, text by module name, with short names for what objects have.

    ``fixed`` are texts that belong to the program too but stay as they are.
    """
    files = {name: parsed(text) for name, text in sources.items()}
    beside = [parsed(text) for text in fixed]
    found = {name: [*_attributes(file, files)] for name, file in files.items()}
    kept = {word for file in [*files.values(), *beside] for word in said(file)}
    kept |= {word for file in beside for word in re.findall(r"\w+", file.text)}
    ours = {name for file in files.values() for name in _defined(file)}
    ours = {name for name in ours - kept - FOREIGN if not name.startswith("__")}
    taken = {word for text in sources.values() for word in re.findall(r"\w+", text)} | kept
    groups = _groups(files, {name: {attr for _, attr in each} for name, each in found.items()})
    short = _assign(ours, groups, taken)
    return {
        name: edited(
            file.text, [(node, short[attr]) for node, attr in found[name] if attr in short]
        )
        for name, file in files.items()
    }


def unknown(sources: Mapping[str, str]) -> list[tuple[str, int, str]]:
    """Module, line and name of what files ask objects for that nobody is known to have.

    With nothing here, each name is ours, and may be changed, or in ``FOREIGN``, and is not.
    """
    files = {name: parsed(text) for name, text in sources.items()}
    known = FOREIGN.union(*(_defined(file) for file in files.values()))
    return [
        (module, place.lineno, attr)
        for module, file in files.items()
        for place, attr in _attributes(file, files)
        if attr not in known
    ]


def letters() -> Iterator[str]:
    """Short names, without end in practice; both steps that need some begin with the same."""
    yield from (f"_{letter}" for letter in string.ascii_letters)
    yield from ("".join(pair) for pair in itertools.product(string.ascii_letters, repeat=2))


def said(file: File) -> Iterator[str]:
    """Every word of every string that is no docstring, every keyword, and what f-strings read."""
    spoken = {id(node.value) for node in file.nodes if isinstance(node, ast.Expr)}
    for node in file.nodes:
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes):
            text = node.value if isinstance(node.value, str) else node.value.decode("latin-1")
            yield from re.findall(r"\w+", text) if id(node) not in spoken else ()
        elif isinstance(node, ast.keyword) and node.arg:
            yield node.arg
        elif isinstance(node, ast.JoinedStr):
            parts = (part for part in ast.walk(node) if isinstance(part, ast.Attribute))
            yield from (part.attr for part in parts)


def _attributes(file: File, files: Files) -> Iterator[Edit]:
    """The place of each name that stands behind a dot or in the body of a class, and the name."""
    modules = {*file.modules(files)} | {
        each.asname or each.name
        for node in file.nodes
        if isinstance(node, ast.Import)
        or (isinstance(node, ast.ImportFrom) and node.module not in files)
        for each in node.names
    }
    for node in file.nodes:
        if isinstance(node, ast.Attribute):
            is_ours = not (isinstance(node.value, ast.Name) and node.value.id in modules)
            if is_ours:
                yield _behind_dot(node), node.attr
        elif isinstance(node, ast.ClassDef):
            yield from ((place, place.id) for place in _members(node))


def _members(node: ast.ClassDef) -> Iterator[ast.Name]:
    """The names that the body of a class binds."""
    for each in module_bound(node.body):
        if isinstance(each, ast.FunctionDef | ast.ClassDef):
            yield named(each)
        elif isinstance(each, ast.Name):
            yield each


def _behind_dot(node: ast.Attribute) -> ast.Name:
    place = ast.Name(node.attr, ast.Load())
    assert node.end_lineno is not None
    assert node.end_col_offset is not None
    place.lineno = place.end_lineno = node.end_lineno
    place.col_offset, place.end_col_offset = (
        node.end_col_offset - len(node.attr),
        node.end_col_offset,
    )
    return place


def _defined(file: File) -> Iterator[str]:
    """The names of what a file gives its objects and classes."""
    for node in file.nodes:
        if isinstance(node, ast.ClassDef):
            yield from (place.id for place in _members(node))
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield from [node.attr] if ast.unparse(node.value) == "self" else []


def _groups(files: Files, names: Mapping[str, set[str]]) -> list[set[str]]:
    """The names that must differ: those of one file, and of all files from which it inherits."""
    groups = []
    for module, file in files.items():
        group = set(names[module])
        for base in _bases(file):
            group |= names.get(base, set())
        groups.append(group)
    return groups


def _bases(file: File) -> Iterator[str]:
    """The modules whose classes a file extends."""
    origin = {
        each.asname or each.name: str(node.module) for node in file.imports for each in node.names
    }
    for node in file.nodes:
        if isinstance(node, ast.ClassDef):
            for base in node.bases:
                yield origin.get(ast.unparse(base), "")


def _assign(names: set[str], groups: list[set[str]], taken: set[str]) -> dict[str, str]:
    """Give each name the first short one that no name beside it has, to the commonest first."""
    short: dict[str, str] = {}
    places = {name: [group for group in groups if name in group] for name in names}
    for name in sorted(names, key=lambda name: (-len(places[name]), name)):
        beside = {short.get(other) for group in places[name] for other in group}
        found = next(each for each in letters() if each not in taken and each not in beside)
        if len(found) < len(name):
            short[name] = found
    return short
