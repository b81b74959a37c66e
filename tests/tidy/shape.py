"""Finders for size and shape: long files, long functions, deep nesting, recursion, names.

A finder takes a source and yields ``(line, what)`` for each place that breaks the rule.
"""

import ast
from collections.abc import Iterator

from tests.tidy.sources import Source, nodes_of

Finding = tuple[int, str]
Function = ast.FunctionDef | ast.AsyncFunctionDef

FILE_LINES_MAX = 400
DRIVER_LINES_MAX = 200
FUNCTION_LINES_MAX = 60
COLUMNS_MAX = 100
NESTING_MAX = 3

FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef)
BLOCKS = (
    ast.If,
    ast.For,
    ast.AsyncFor,
    ast.While,
    ast.With,
    ast.AsyncWith,
    ast.Try,
    ast.TryStar,
    ast.Match,
)


def long_file(source: Source) -> Iterator[Finding]:
    """A file of more than 400 lines."""
    yield from _too_long(source, FILE_LINES_MAX)


def long_driver(source: Source) -> Iterator[Finding]:
    """A driver, that is a class that opens and closes a part, in more than 200 lines."""
    for node in nodes_of(source.tree):
        if isinstance(node, ast.ClassDef):
            names = {item.name for item in node.body if isinstance(item, FUNCTIONS)}
            if {"open", "close"} <= names:
                yield from _too_long(source, DRIVER_LINES_MAX)


def long_function(source: Source) -> Iterator[Finding]:
    """A function of more than 60 lines, from ``def`` to its last line."""
    for function in functions(source.tree):
        length = (function.end_lineno or function.lineno) - function.lineno + 1
        if length > FUNCTION_LINES_MAX:
            yield (
                function.lineno,
                f"{function.name} has {length} lines, at most {FUNCTION_LINES_MAX}",
            )


def long_line(source: Source) -> Iterator[Finding]:
    """A line of more than 100 columns."""
    for number, line in enumerate(source.lines, 1):
        if len(line) > COLUMNS_MAX:
            yield number, f"{len(line)} columns, at most {COLUMNS_MAX}"


def deep_nesting(source: Source) -> Iterator[Finding]:
    """A block four deep inside its function; an ``elif`` is no deeper than its ``if``."""
    for function in functions(source.tree):
        for node, depth in _blocks(function):
            if depth == NESTING_MAX + 1:
                yield node.lineno, f"{function.name} nests {depth} deep, at most {NESTING_MAX}"


def recursion(source: Source) -> Iterator[Finding]:
    """A function that calls itself by name, or a method that calls itself on self or cls."""
    methods = {
        id(item)
        for node in nodes_of(source.tree)
        if isinstance(node, ast.ClassDef)
        for item in node.body
    }
    calls = _calls_by_name(source.tree)
    for function in functions(source.tree):
        for call in calls.get(function.name, ()):
            is_inside = function.lineno <= call.lineno <= (function.end_lineno or function.lineno)
            if is_inside and _calls_itself(call.func, function, id(function) in methods):
                yield call.lineno, f"{function.name} calls itself"


def double_underscore(source: Source) -> Iterator[Finding]:
    """A name with two underscores in a row that is not one of Python's own."""
    for line, name in _bound_names(source.tree):
        if "__" in name.strip("_") or (name.startswith("__") and not name.endswith("__")):
            yield line, f"{name} has a double underscore"


def no_subtitle(source: Source) -> Iterator[Finding]:
    """A file whose first line is not a docstring that says what the file is."""
    first = 2 if source.text.startswith("#!") else 1
    body = source.tree.body
    text = ast.get_docstring(source.tree) or ""
    if not text or body[0].lineno != first or body[0].col_offset:
        yield first, "line 1 is not the file's docstring"
    elif not source.lines[first - 1].strip().strip('"'):
        yield first, "the docstring's first line is empty"


def functions(tree: ast.Module) -> Iterator[Function]:
    """All functions and methods, nested ones too."""
    for node in nodes_of(tree):
        if isinstance(node, FUNCTIONS):
            yield node


def _too_long(source: Source, limit: int) -> Iterator[Finding]:
    length = len(source.lines)
    if length > limit:
        yield length, f"{length} lines, at most {limit}"


def _blocks(function: Function) -> Iterator[tuple[ast.stmt, int]]:
    """Each block statement of a function with its depth, without those of inner functions."""
    waiting: list[tuple[ast.AST, int]] = [(child, 0) for child in function.body]
    while waiting:
        node, depth = waiting.pop()
        if isinstance(node, (*FUNCTIONS, ast.ClassDef, ast.Lambda)):
            continue
        if isinstance(node, BLOCKS):
            depth += 1
            yield node, depth
        for child in ast.iter_child_nodes(node):
            if not isinstance(child, ast.expr):  # no block is in one
                waiting.append((child, depth - 1 if _is_elif(node, child) else depth))


def _is_elif(parent: ast.AST, child: ast.AST) -> bool:
    return (
        isinstance(parent, ast.If)
        and isinstance(child, ast.If)
        and parent.orelse == [child]
        and child.col_offset == parent.col_offset
    )


def _calls_by_name(tree: ast.Module) -> dict[str, list[ast.Call]]:
    """The calls in a file by the last word of what they call."""
    found: dict[str, list[ast.Call]] = {}
    for node in nodes_of(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name | ast.Attribute):
            name = node.func.id if isinstance(node.func, ast.Name) else node.func.attr
            found.setdefault(name, []).append(node)
    return found


def _calls_itself(called: ast.expr, function: Function, is_method: bool) -> bool:
    """True if ``called`` is the function around it, unless its name means something else inside."""
    if is_method:
        is_own = (
            isinstance(called, ast.Attribute)
            and isinstance(called.value, ast.Name)
            and called.value.id in ("self", "cls")
        )
    else:
        is_own = isinstance(called, ast.Name)
    return is_own and function.name not in _names_inside(function)


def _names_inside(function: Function) -> set[str]:
    arguments = function.args
    names = {item.arg for item in arguments.args + arguments.kwonlyargs + arguments.posonlyargs}
    return names | {name for node in function.body for _, name in _bound_names(node)}


def _bound_names(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Every name the code gives to something: functions, classes, arguments, variables."""
    for node in nodes_of(tree):
        if isinstance(node, (*FUNCTIONS, ast.ClassDef)):
            yield node.lineno, node.name
        elif isinstance(node, ast.arg):
            yield node.lineno, node.arg
        elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.id
        elif isinstance(node, ast.Attribute) and isinstance(node.ctx, ast.Store):
            yield node.lineno, node.attr
        elif isinstance(node, ast.alias) and node.asname:
            yield node.lineno, node.asname
