"""Pilot scopes: which names of a file mean what its module binds, from where each of them stands.

For the part of Python that a pilot board's files are written in. Pure.
"""

import ast
from collections.abc import Iterator
from functools import lru_cache

Scope = tuple[frozenset[str], frozenset[str]]  # bound by functions around; by the class just around
Places = list[tuple[ast.AST, Scope]]
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
COMPREHENSIONS = ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp
MODULE: Scope = (frozenset(), frozenset())
NODES_KEPT = 20_000  # each step asks the same statements again, in several versions of a file


def module_names(nodes: list[ast.stmt]) -> Iterator[ast.Name]:
    """Each name in ``nodes``, statements of a module, that is of the module or of the language.

    Annotations are left out: MicroPython does not look at them.
    """
    for node in reversed(nodes):
        yield from _names_of(node)


def module_bound(nodes: list[ast.stmt]) -> Iterator[ast.Name | ast.alias | ast.stmt]:
    """What in ``nodes``, statements of a module, binds a name of the module."""
    for node in reversed(nodes):
        yield from _bound_by(node)


def name_bound(node: ast.Name | ast.alias | ast.stmt) -> str:
    """The name that one of these binds."""
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.alias):
        return node.asname or node.name
    assert isinstance(node, ast.FunctionDef | ast.ClassDef)
    return node.name


def parameters(function: Function) -> list[ast.arg]:
    """All of them, in order."""
    given = function.args
    found = [*given.posonlyargs, *given.args, *given.kwonlyargs]
    return found + [each for each in (given.vararg, given.kwarg) if each is not None]


@lru_cache(maxsize=NODES_KEPT)
def local_names(function: Function) -> frozenset[str]:
    """What a function binds itself."""
    body = function.body if isinstance(function.body, list) else []
    found = {each.arg for each in parameters(function)}
    found |= {name_bound(node) for node in module_bound(body)}
    parts = [part for node in body for part in ast.walk(node)]
    found |= {part.name for part in parts if isinstance(part, ast.ExceptHandler) and part.name}
    for part in parts:
        if isinstance(part, ast.Global):
            found -= {*part.names}
    return frozenset(found)


def hiding(tree: ast.Module) -> Iterator[str]:
    """Every name that hides one of the module somewhere: what functions bind, and classes that
    read names while they are made.
    """
    for node in ast.walk(tree):
        if isinstance(node, Function):
            yield from local_names(node)
        elif isinstance(node, ast.comprehension):
            yield from (name.id for name in _targets(node.target))
        elif isinstance(node, ast.ClassDef) and any(_made_with(each) for each in node.body):
            yield from (name_bound(each) for each in module_bound(node.body))


def annotations(tree: ast.AST) -> Iterator[ast.expr]:
    """Every annotation but those of parameters."""
    for node in ast.walk(tree):
        if isinstance(node, ast.AnnAssign):
            yield node.annotation
        elif isinstance(node, ast.FunctionDef) and node.returns is not None:
            yield node.returns


@lru_cache(maxsize=NODES_KEPT)
def _names_of(statement: ast.stmt) -> tuple[ast.Name, ...]:
    found: list[ast.Name] = []
    waiting: Places = [(statement, MODULE)]
    while waiting:
        node, (inner, own) = waiting.pop()
        if not isinstance(node, ast.Name):
            waiting += _parts(node, (inner, own))
        elif node.id not in inner and node.id not in own:
            found.append(node)
    return tuple(found)


@lru_cache(maxsize=NODES_KEPT)
def _bound_by(statement: ast.stmt) -> tuple[ast.Name | ast.alias | ast.stmt, ...]:
    found: list[ast.Name | ast.alias | ast.stmt] = []
    waiting: list[ast.AST] = [statement]
    while waiting:
        node = waiting.pop()
        if isinstance(node, ast.Name):
            found += [] if isinstance(node.ctx, ast.Load) else [node]
        elif isinstance(node, ast.FunctionDef | ast.ClassDef | ast.alias):
            found.append(node)
        elif not isinstance(node, ast.Lambda | COMPREHENSIONS):
            waiting += ast.iter_child_nodes(node)
    return tuple(found)


def _parts(node: ast.AST, scope: Scope) -> Places:
    """What a node consists of, each part with what is bound around it; no annotations."""
    inner, own = scope
    if isinstance(node, Function):
        outside: list[ast.AST] = [*node.args.defaults]
        outside += [each for each in node.args.kw_defaults if each is not None]
        outside += getattr(node, "decorator_list", [])
        body = node.body if isinstance(node.body, list) else [node.body]
        inside = (inner | local_names(node), frozenset[str]())
        return [(part, scope) for part in outside] + [(part, inside) for part in body]
    if isinstance(node, ast.ClassDef):
        bound = frozenset(name_bound(each) for each in module_bound(node.body))
        outside = [*node.bases, *node.keywords, *node.decorator_list]
        return [(part, scope) for part in outside] + [(part, (inner, bound)) for part in node.body]
    if isinstance(node, COMPREHENSIONS):
        bound = frozenset(
            name_bound(each) for part in node.generators for each in _targets(part.target)
        )
        return [(part, (inner | bound, own)) for part in ast.iter_child_nodes(node)]
    left_out = {id(node.annotation)} if isinstance(node, ast.AnnAssign) else set()
    return [(part, scope) for part in ast.iter_child_nodes(node) if id(part) not in left_out]


def _made_with(node: ast.stmt) -> list[ast.AST]:
    """What a statement of a class reads at once, if that is not a plain value."""
    parts: list[ast.AST] = [node]
    if isinstance(node, ast.FunctionDef):
        given = node.args
        parts = [*given.defaults, *filter(None, given.kw_defaults), *node.decorator_list]
    inside = (name for part in parts for name in ast.walk(part))
    return [
        name for name in inside if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Load)
    ]


def _targets(target: ast.expr) -> Iterator[ast.Name]:
    return (node for node in ast.walk(target) if isinstance(node, ast.Name))
