"""Pilot names: gives the private names of a program short ones, shared between its files.

Each different name stays in the heap of the board once, with its letters; there are two hundred
``_private`` ones, and no file has more than forty. So two files may call different things ``_a``,
one file never does. Public names stay, and so do lines: a traceback names file and line as ever,
but a private function by its short name. Source in, source out; pure.
"""

import ast
import io
import re
import string
import tokenize
from collections.abc import Iterable, Iterator, Mapping

LETTERS = string.ascii_letters
Tokens = list[tokenize.TokenInfo]


def shorten(sources: Mapping[str, str], fixed: Iterable[str] = ()) -> dict[str, str]:
    """Return ``sources``, text by module name, with short private names.

    A name stays that ``fixed``, which belong to the program too, or any string mentions.
    """
    tokens = {module: _tokens(text) for module, text in sources.items()}
    beside = [_tokens(text) for text in fixed]
    kept = {name for each in beside for name in _names(each)}
    kept |= {word for each in [*tokens.values(), *beside] for word in _words(each)}
    defined = {name for text in sources.values() for name in _defined(text)} - kept
    taken = {name for each in tokens.values() for name in _names(each)} | kept
    short = _assign(defined, _groups(sources, tokens), taken)
    return {module: _renamed(text, tokens[module], short) for module, text in sources.items()}


def _tokens(text: str) -> Tokens:
    return [*tokenize.generate_tokens(io.StringIO(text).readline)]


def _names(tokens: Tokens) -> set[str]:
    return {token.string for token in tokens if token.type == tokenize.NAME}


def _words(tokens: Tokens) -> Iterator[str]:
    """Every word of every string, for ``getattr`` may be given one."""
    for token in tokens:
        if token.type not in (tokenize.NAME, tokenize.OP, tokenize.COMMENT):
            yield from re.findall(r"\w+", token.string)


def _defined(text: str) -> Iterator[str]:
    """The private names of functions, classes, variables and attributes that a file defines."""
    for node in ast.walk(ast.parse(text)):
        name = ""
        if isinstance(node, ast.FunctionDef | ast.ClassDef):
            name = node.name
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            name = node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            name = node.attr
        if name.startswith("_") and not name.startswith("__") and len(name) > 2:
            yield name


def _groups(sources: Mapping[str, str], tokens: Mapping[str, Tokens]) -> list[set[str]]:
    """The names that must differ: those of one file, and of all files from which it inherits."""
    groups = []
    for module, text in sources.items():
        group = _names(tokens[module])
        for base in _bases(ast.parse(text)):
            group |= _names(tokens.get(base, []))
        groups.append(group)
    return groups


def _bases(tree: ast.Module) -> Iterator[str]:
    """The modules whose classes a file extends."""
    origin = {
        alias.asname or alias.name: str(node.module)
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.ClassDef):
            for base in node.bases:
                yield origin.get(ast.unparse(base), "")


def _assign(defined: set[str], groups: list[set[str]], taken: set[str]) -> dict[str, str]:
    """Give each name the first short one that no name beside it has."""
    free = [f"_{letter}" for letter in LETTERS if f"_{letter}" not in taken]
    short: dict[str, str] = {}
    for name in sorted(defined, key=lambda name: (-sum(name in g for g in groups), name)):
        beside = {short.get(other) for group in groups if name in group for other in group}
        found = next((each for each in free if each not in beside), None)
        if found is not None:
            short[name] = found
    return short


def _renamed(text: str, tokens: Tokens, short: Mapping[str, str]) -> str:
    lines = text.splitlines(keepends=True)
    for token in reversed(tokens):
        if token.type == tokenize.NAME and token.string in short:
            row, column = token.start[0] - 1, token.start[1]
            after = lines[row][column + len(token.string) :]
            lines[row] = lines[row][:column] + short[token.string] + after
    return "".join(lines)
