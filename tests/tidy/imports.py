"""Finders for who may use what: imports, clocks, asyncio, floats in ring 1.

A finder takes a source and yields ``(line, what)`` for each place that breaks the rule.
"""

import ast
import re
from collections.abc import Iterator

from tests.tidy.shape import Finding
from tests.tidy.sources import PACKAGES, Source, nodes_of

SAFETY = "ampkeeper.firmware.safety"
LINK = "ampkeeper.hal.link"
# What MicroPython has too and what a decision without I/O may need.
SHARED_MODULES = ("array", "binascii", "collections", "hashlib", "micropython", "struct")
IO_MODULES = (
    "asyncio",
    "logging",
    "os",
    "pathlib",
    "random",
    "select",
    "shutil",
    "signal",
    "socket",
    "sqlite3",
    "ssl",
    "subprocess",
    "threading",
    "time",
    "urllib.request",
    "uuid",
    "websockets",
)
CLOCKS = (
    "datetime.now",
    "datetime.utcnow",
    "datetime.today",
    "datetime.datetime.now",
    "datetime.datetime.utcnow",
    "date.today",
    "time.time",
    "time.monotonic",
    "time.time_ns",
    "time.monotonic_ns",
    "time.perf_counter",
)
LOOSE_TASKS = (
    "asyncio.create_task",
    "asyncio.ensure_future",
    "asyncio.get_running_loop.create_task",
)
PRETENCE = re.compile(r"(^|_)(simulat\w*|emulat\w*|fake\w*|mock\w*|pytest|testing)($|_)")


def flat_import(source: Source) -> Iterator[Finding]:
    """An import of firmware, hal or board without ``ampkeeper.``: a second copy of the module."""
    for line, module in imports(source.tree):
        if module.split(".")[0] in PACKAGES:
            yield line, f"import {module}: say ampkeeper.{module}"


def safety_imports_others(source: Source) -> Iterator[Finding]:
    """Ring 1 imports only itself, arrays, and ``micropython`` where its shim is."""
    yield from _outside(source, (SAFETY, "array", "micropython"))


def link_imports_others(source: Source) -> Iterator[Finding]:
    """The link imports itself and what both interpreters have."""
    yield from _outside(source, (LINK, *SHARED_MODULES))


def pilot_imports_others(source: Source) -> Iterator[Finding]:
    """The pilot board's program is ring 1 and the link, on both interpreters."""
    yield from _outside(source, (SAFETY, LINK, "ampkeeper.firmware.__version__", *SHARED_MODULES))


def asyncio_import(source: Source) -> Iterator[Finding]:
    """asyncio outside the shells that may have it."""
    for line, module in imports(source.tree):
        if module.split(".")[0] == "asyncio":
            yield line, "asyncio belongs in a task.py, app.py, faces/, a driver or board/"


def io_import(source: Source) -> Iterator[Finding]:
    """A deciding module that reaches for the outside world."""
    for line, module in imports(source.tree):
        if _is_in(module, IO_MODULES):
            yield line, f"import {module}: deciding code has no I/O, clock or chance"


def clock_read(source: Source) -> Iterator[Finding]:
    """A clock read where time is an argument."""
    for node in nodes_of(source.tree):
        if isinstance(node, ast.Call) and dotted(node.func) in CLOCKS:
            yield node.lineno, f"{dotted(node.func)}(): time is an argument"


def float_in_ring_1(source: Source) -> Iterator[Finding]:
    """A float literal, a true division or float() where only integers are allowed."""
    for node in nodes_of(source.tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, float | complex):
            yield node.lineno, f"float literal {node.value}"
        elif isinstance(node, ast.BinOp | ast.AugAssign) and isinstance(node.op, ast.Div):
            yield node.lineno, "true division gives a float; use //"
        elif isinstance(node, ast.Call) and dotted(node.func) == "float":
            yield node.lineno, "float()"


def if_simulated(source: Source) -> Iterator[Finding]:
    """Shipped code that asks whether it is being simulated or tested."""
    for node in nodes_of(source.tree):
        if isinstance(node, ast.If | ast.IfExp | ast.While):
            for name in filter(PRETENCE.search, _asked(node.test)):
                yield node.lineno, f"asks for {name}; the simulator stands below the ports"


def sleep_in_test(source: Source) -> Iterator[Finding]:
    """A test that waits by the wall clock."""
    for node in nodes_of(source.tree):
        if isinstance(node, ast.Call) and dotted(node.func) == "time.sleep":
            yield node.lineno, "time.sleep in a test"
    for line, module in imports(source.tree):
        if module == "time.sleep":
            yield line, "time.sleep in a test"


def loose_task(source: Source) -> Iterator[Finding]:
    """A task that no TaskGroup owns: its exception would be lost."""
    for node in nodes_of(source.tree):
        if isinstance(node, ast.Call) and dotted(node.func) in LOOSE_TASKS:
            yield node.lineno, f"{dotted(node.func)}: create it in a TaskGroup"


def catch_all(source: Source) -> Iterator[Finding]:
    """``except Exception`` that does not raise again."""
    for node in nodes_of(source.tree):
        if isinstance(node, ast.ExceptHandler) and _is_catch_all(node):
            yield node.lineno, "catches everything and goes on"


def imports(tree: ast.Module) -> Iterator[tuple[int, str]]:
    """What is imported when the program runs, with its line: ``a.b`` for ``from a import b``."""
    hidden = {
        id(inner)
        for node in nodes_of(tree)
        if isinstance(node, ast.If) and dotted(node.test).endswith("TYPE_CHECKING")
        for statement in node.body
        for inner in ast.walk(statement)
    }
    for node in nodes_of(tree):
        if id(node) in hidden:
            continue
        if isinstance(node, ast.Import):
            for alias in node.names:
                yield node.lineno, alias.name
        elif isinstance(node, ast.ImportFrom):
            module = "." * node.level + (node.module or "")
            for alias in node.names:
                yield node.lineno, f"{module}.{alias.name}"


def dotted(node: ast.expr) -> str:
    """``a.b.c`` of a name, an attribute or a call in between; empty for anything else."""
    parts: list[str] = []
    while True:
        if isinstance(node, ast.Attribute):
            parts.append(node.attr)
            node = node.value
        elif isinstance(node, ast.Call):
            node = node.func
        elif isinstance(node, ast.Name):
            return ".".join([node.id, *reversed(parts)])
        else:
            return ""


def _outside(source: Source, allowed: tuple[str, ...]) -> Iterator[Finding]:
    for line, module in imports(source.tree):
        if not _is_in(module, allowed):
            yield line, f"imports {module}; allowed: {', '.join(allowed)}"


def _is_in(module: str, names: tuple[str, ...]) -> bool:
    return any(module == name or module.startswith(name + ".") for name in names)


def _asked(test: ast.expr) -> Iterator[str]:
    """The names and compared strings in a condition."""
    for node in ast.walk(test):
        if isinstance(node, ast.Name):
            yield node.id
        elif isinstance(node, ast.Attribute):
            yield node.attr
        elif isinstance(node, ast.Constant) and node.value in ("simulated", "emulated"):
            yield str(node.value)


def _is_catch_all(handler: ast.ExceptHandler) -> bool:
    caught = [handler.type] if not isinstance(handler.type, ast.Tuple) else handler.type.elts
    names = [dotted(item) if item else "BaseException" for item in caught]
    raises = any(isinstance(node, ast.Raise) for node in ast.walk(handler))
    return not raises and ("Exception" in names or "BaseException" in names)
