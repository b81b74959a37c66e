"""Pilot program: who reads what of whom in all files of a pilot board together.

A ``Key`` is what one file defines at its top, by module and name; ``(module, "")`` is the module
itself, ``("", text)`` what comes from elsewhere. A file does nothing but define: anything that
this cannot follow is refused with file and line. Pure.
"""

import ast
import builtins
import re
from collections.abc import Iterable, Iterator, Mapping
from functools import lru_cache

from ampkeeper.firmware.faces.cli.errors import RefusedError
from ampkeeper.firmware.faces.cli.pilot_edits import Edit, edited
from ampkeeper.firmware.faces.cli.pilot_numbers import File, parsed
from ampkeeper.firmware.faces.cli.pilot_scopes import (
    NODES_KEPT,
    module_bound,
    module_names,
    name_bound,
)

Key = tuple[str, str]
Read = tuple[ast.expr, Key]  # where it stands, and what it is
DEFINITIONS = (
    ast.Import | ast.ImportFrom | ast.FunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign
)
LANGUAGE = {*dir(builtins), "__name__", "__file__"}
ROUNDS_MAX = 50  # what is left out frees something else, which the next round leaves out


class Program:
    """The files, by module, and what their names mean. ``places`` tell where each one lies."""

    def __init__(self, texts: Mapping[str, str], places: Mapping[str, str]) -> None:
        self.files = {name: parsed(text) for name, text in texts.items()}
        self.places = places
        self._bound: dict[str, dict[str, Key]] = {}
        for name, file in self.files.items():
            self._check(name, file)
            bound = {name_bound(node): (name, name_bound(node)) for node in _bindings(file.tree)}
            self._bound[name] = bound | dict(self._imported(file))

    def refusal(self, module: str, node: ast.stmt | ast.expr, why: str) -> RefusedError:
        """What to raise about a line."""
        return RefusedError(f"{self.places[module]}:{node.lineno}: {why}")

    def statements(self, module: str) -> list[ast.stmt]:
        """What a module does when it is loaded, but for imports of other modules of ours."""
        return [
            node
            for node in self.files[module].tree.body
            if not _is_inert(node) and not self.is_ours(node)
        ]

    def is_ours(self, node: ast.AST) -> bool:
        """Tell whether a statement imports of the program."""
        if not isinstance(node, ast.ImportFrom):
            return False
        names = (f"{node.module}.{each.name}" for each in node.names)
        return node.module in self.files or any(name in self.files for name in names)

    def meaning(self, module: str, name: str) -> Key:
        """What a name of a module is, wherever it comes from; RefusedError if it is nothing."""
        if f"{module}.{name}" in self.files:
            return f"{module}.{name}", ""
        for _ in self.files:
            if name not in self._bound.get(module, {}):
                break
            key = self._bound[module][name]
            if key == (module, name) or key[0] not in self.files or not key[1]:
                return key
            module, name = key
        raise RefusedError(f"{self.places.get(module, module)}: defines no {name!r}")

    def bound(self, module: str, node: ast.stmt) -> list[Key]:
        """What a statement defines."""
        return [self._bound[module][name_bound(each)] for each in module_bound([node])]

    def reads(self, module: str, nodes: list[ast.stmt]) -> Iterator[Read]:
        """Every name in ``nodes`` that the program defines, with its meaning."""
        whole = {id(part.value): part for node in nodes for part in _attributes(node)}
        for node in module_names(nodes):
            if node.id not in self._bound[module]:
                if node.id not in LANGUAGE:
                    raise self.refusal(module, node, f"{node.id!r} is bound nowhere")
                continue
            key = self.meaning(module, node.id)
            if key[1]:
                yield node, key
            elif id(node) in whole:
                yield whole[id(node)], self.meaning(key[0], whole[id(node)].attr)
            else:
                raise self.refusal(module, node, f"hands the module {node.id!r} around")

    def _check(self, name: str, file: File) -> None:
        """Refuse what the rest would get wrong."""
        for node in file.tree.body:
            targets = node.targets if isinstance(node, ast.Assign) else []
            is_plain = isinstance(node, DEFINITIONS | ast.Try) or _is_inert(node) or _is_never(node)
            if not is_plain or any(not isinstance(each, ast.Name | ast.Tuple) for each in targets):
                raise self.refusal(name, node, "does something when it is loaded but define")
        for part in file.nodes:
            if self.is_ours(part) and part not in file.tree.body:
                assert isinstance(part, ast.ImportFrom)
                if not _is_for_types(part, file):
                    raise self.refusal(name, part, "imports of ours belong to the top of a file")
            if isinstance(part, ast.Import) and any(each.name in self.files for each in part.names):
                raise self.refusal(name, part, "must import it as 'from ... import ...'")
            if isinstance(part, ast.Global | ast.Nonlocal):
                raise self.refusal(name, part, "binds a name of another scope")
            if isinstance(part, ast.alias) and part.name == "*":
                raise self.refusal(name, file.tree.body[0], "imports *")

    def _imported(self, file: File) -> Iterator[tuple[str, Key]]:
        nodes = [node for node in file.tree.body if not _is_inert(node)]
        for part in (part for node in nodes for part in _imports(node)):
            if isinstance(part, ast.Import):
                yield from ((each.asname or each.name, ("", each.name)) for each in part.names)
            else:
                is_ours = self.is_ours(part)
                for each in part.names:
                    key = self._origin(str(part.module), each.name, is_ours)
                    yield each.asname or each.name, key

    def _origin(self, module: str, name: str, is_ours: bool) -> Key:
        whole = f"{module}.{name}"
        if not is_ours:
            return "", whole
        return (whole, "") if whole in self.files else (module, name)


def needed(program: Program, roots: Iterable[Key]) -> set[Key]:
    """What ``roots`` need, and what that needs."""
    readers: dict[Key, list[Key]] = {}
    for module in program.files:
        for node in program.statements(module):
            read = [key for _, key in program.reads(module, [node])]
            for key in program.bound(module, node):
                readers.setdefault(key, []).extend([*read, *program.bound(module, node)])
    found: set[Key] = set()
    waiting = [*roots]
    while waiting:
        key = waiting.pop()
        if key not in found:
            found.add(key)
            waiting += readers.get(key, [])
    return found


def pruned(
    texts: Mapping[str, str], places: Mapping[str, str], roots: Iterable[Key], words: set[str]
) -> dict[str, str]:
    """``texts`` without what ``roots`` do not need, and without methods that nobody calls.

    A method is called if its name stands behind a dot, or in a string, or is one of ``words``.
    """
    wanted = [*roots]
    left = dict(texts)
    for _ in range(ROUNDS_MAX):
        program = Program(left, places)
        keys = needed(program, wanted)
        kept = {
            module: [
                node for node in program.statements(module) if _is_kept(program, module, node, keys)
            ]
            for module in left
        }
        said = words | {word for nodes in kept.values() for node in nodes for word in _said(node)}
        fewer = {module: _left(program, module, kept[module], said) for module in left}
        if fewer == left:
            break
        left = fewer
    return left


def _is_kept(program: Program, module: str, node: ast.stmt, keys: set[Key]) -> bool:
    return any(key in keys for key in program.bound(module, node))


def _left(program: Program, module: str, kept: list[ast.stmt], said: set[str]) -> str:
    """The text of a module with only what is ``kept``."""
    file = program.files[module]
    edits: list[Edit] = []
    for node in file.tree.body:
        is_free = _is_inert(node) or program.is_ours(node) or node in kept
        if not is_free and not getattr(node, "decorator_list", []):
            edits.append((node, "pass"))
        if isinstance(node, ast.ClassDef) and node in kept:
            edits += [(each, "pass") for each in node.body if _is_silent(each, said)]
    return edited(file.text, edits)


def _is_silent(node: ast.stmt, said: set[str]) -> bool:
    """Tell whether it is a method that nobody mentions."""
    if not isinstance(node, ast.FunctionDef) or node.decorator_list:
        return False
    return node.name not in said and not node.name.startswith("__")


@lru_cache(maxsize=NODES_KEPT)
def _said(node: ast.stmt) -> frozenset[str]:
    """Every name behind a dot, and every word of every string that is no docstring."""
    parts = [*ast.walk(node)]
    spoken = {id(part.value) for part in parts if isinstance(part, ast.Expr)}
    found = {part.attr for part in parts if isinstance(part, ast.Attribute)}
    for part in parts:
        if isinstance(part, ast.Constant) and isinstance(part.value, str):
            found |= {*re.findall(r"\w+", part.value)} if id(part) not in spoken else set()
    return frozenset(found)


@lru_cache(maxsize=NODES_KEPT)
def _attributes(node: ast.stmt) -> tuple[ast.Attribute, ...]:
    return tuple(part for part in ast.walk(node) if isinstance(part, ast.Attribute))


@lru_cache(maxsize=NODES_KEPT)
def _imports(node: ast.stmt) -> tuple[ast.Import | ast.ImportFrom, ...]:
    return tuple(part for part in ast.walk(node) if isinstance(part, ast.Import | ast.ImportFrom))


def _is_inert(node: ast.stmt) -> bool:
    """Tell whether it does nothing: a docstring, ``pass``, or what only a type checker reads."""
    if isinstance(node, ast.If):
        return _is_never(node) and not node.orelse
    is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    return is_text or isinstance(node, ast.Pass)


def _is_never(node: ast.stmt) -> bool:
    """Tell whether it is ``if False``."""
    return isinstance(node, ast.If) and (
        isinstance(node.test, ast.Constant) and node.test.value is False
    )


def _is_for_types(node: ast.ImportFrom, file: File) -> bool:
    inert = (part for each in file.tree.body if _is_inert(each) for part in ast.walk(each))
    return node in inert


def _bindings(tree: ast.Module) -> Iterator[ast.Name | ast.alias | ast.stmt]:
    return module_bound([node for node in tree.body if not _is_inert(node)])
