"""Pilot constants: puts every integer constant in the place of its name, in all files at once.

MicroPython does this for a ``_private = const(1)``. A public number stays in the heap of the board,
with its name, in its own module and in each that imports it. Here the whole program is known: each
number is written where it is read, and then what nobody reads is left out.
Source in, source out, and lines keep their numbers. Pure; the files themselves stay as they are.

An import that nobody needs any more goes too, so a module must do nothing but define.
"""

import ast
from collections.abc import Iterable, Iterator, Mapping
from pathlib import PurePosixPath

from ampkeeper.firmware.faces.cli.pilot_edits import Edit, edited
from ampkeeper.firmware.faces.cli.pilot_numbers import File, Numbers, assigned, numbers_of, parsed

PACKAGE_FILE = "__init__"
ROUNDS_MAX = 50  # what is left out frees something else, which the next round leaves out
Files = Mapping[str, File]


def fold(sources: Mapping[str, str], fixed: Iterable[str] = ()) -> dict[str, str]:
    """Return ``sources``, text by dotted module name, with their constants folded.

    ``fixed`` are texts that belong to the program too but stay as they are, with all they read.
    """
    beside = [parsed(text) for text in fixed]
    files = {name: parsed(text) for name, text in sources.items()}
    numbers = numbers_of(files)
    texts = {name: _inlined(name, files, numbers) for name in files}
    for _ in range(ROUNDS_MAX):
        for name in [name for name in files if texts[name] != files[name].text]:
            files[name] = parsed(texts[name])
        needed = {*_needed([*files.values(), *beside], files)}
        swept = {name: _swept(name, files, needed) for name in files}
        if swept == texts:
            break
        texts = swept
    return texts


def module_of(path: str) -> str:
    """The dotted name by which a file at ``path`` on the board is imported."""
    parts = PurePosixPath(path).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == PACKAGE_FILE else parts)


def _inlined(name: str, files: Files, numbers: Mapping[str, Numbers]) -> str:
    """The file with numbers where it read their names."""
    file = files[name]
    modules = file.modules(files)
    # Python 3.11 does not tell where in an f-string a name stands.
    unplaced = {
        id(part)
        for node in file.nodes
        if isinstance(node, ast.JoinedStr)
        for part in ast.walk(node)
    }
    edits: list[Edit] = []
    for node in file.nodes:
        if not isinstance(node, ast.Name | ast.Attribute) or id(node) in unplaced:
            continue
        number = None
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load):
            number = numbers[name].get(node.id)
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
            local = node.value.id
            if local in modules and file.bound[local] == 1:
                number = numbers[modules[local]].get(node.attr)
        if number is not None:
            edits.append((node, f"({number})"))
    return edited(file.text, edits)


def _needed(readers: Iterable[File], files: Files) -> Iterator[tuple[str, str]]:
    """Module and name of all that one file reads of another; ``*`` for everything in it."""
    for file in readers:
        modules = file.modules(files)
        named = {
            id(node.value): node.attr for node in file.nodes if isinstance(node, ast.Attribute)
        }
        for node in file.nodes:
            if isinstance(node, ast.Name) and node.id in modules:
                yield modules[node.id], named.get(id(node), "*")
        for import_ in file.imports:
            for alias in import_.names:
                yield str(import_.module), alias.name


def _swept(name: str, files: Files, needed: set[tuple[str, str]]) -> str:
    """The file without numbers and imports that nobody reads."""
    file = files[name]
    if (name, "*") in needed:
        return file.text
    read = {
        node.id
        for node in file.nodes
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load)
    }
    read |= {wanted for module, wanted in needed if module == name}
    edits: list[Edit] = []
    for node in file.tree.body:
        numbers = assigned(node, {})
        is_read = any(key in read or file.bound[key] > 1 for key in numbers)
        if numbers and None not in numbers.values() and not is_read:
            edits.append((node, "pass"))
    for node in file.imports:
        kept = [each for each in node.names if _is_kept(node, each, read, files)]
        if len(kept) < len(node.names):
            rest = ast.unparse(ast.ImportFrom(node.module, kept, node.level))
            edits.append((node, rest if kept else "pass"))
    return edited(file.text, edits)


def _is_kept(node: ast.ImportFrom, alias: ast.alias, read: set[str], files: Files) -> bool:
    """Tell whether an import stays: it is read, or is not of the program."""
    is_ours = node.module in files or f"{node.module}.{alias.name}" in files
    return not is_ours or (alias.asname or alias.name) in read
