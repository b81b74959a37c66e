"""The house rules as data: what each forbids, where it holds, and where it does not.

``files`` and ``besides`` are shell patterns over paths from the root; ``*`` crosses slashes.
``bad`` are small texts that break the rule, ``good`` their lawful neighbors; both are tried, so
that no rule can pass because it looks at nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from fnmatch import fnmatchcase

from tests.tidy import imports, shape, words
from tests.tidy.shape import Finding
from tests.tidy.sources import Source

PYTHON = ("*.py",)
SHIPPED = ("firmware/*.py", "hal/*.py", "board/*.py")
RING_1 = ("firmware/safety/*.py",)
LINK = ("hal/link/*.py",)
TESTS = ("tests/*.py",)
DRIVER = "class A:\n    def open(self):\n        pass\n    def close(self):\n        pass\n"
TIDY = ("tests/tidy/*",)  # names what it forbids
SHELLS = (
    "*/task.py",
    "firmware/app.py",
    "firmware/central.py",
    "firmware/neighbors.py",
    "firmware/people.py",
    "firmware/surroundings.py",
    "firmware/trust.py",
    "firmware/faces/*",
)
DRIVERS = (
    "hal/carriers/*",
    "hal/fake.py",
    "hal/memory*.py",
    "hal/linux/*",
    "hal/pilots/*",
    "hal/meters/*",
    "hal/readers/*",
)


@dataclass(frozen=True)
class Rule:
    """One rule: its name, the finder that knows it, and where it holds."""

    name: str
    find: Callable[[Source], Iterator[Finding]]
    files: tuple[str, ...]
    bad: tuple[str, ...]
    good: tuple[str, ...]
    besides: tuple[str, ...] = field(default=())

    def holds_for(self, path: str) -> bool:
        """True if the rule looks at this file."""
        return _is_any(path, self.files) and not _is_any(path, self.besides)

    def broken_by(self, source: Source) -> Iterator[str]:
        """Each place that breaks the rule, as ``file:line: rule: what``."""
        for line, what in self.find(source):
            yield f"{source.path}:{line}: {self.name}: {what}"


def _is_any(path: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(path, pattern) for pattern in patterns)


RULES = (
    Rule(
        "a file has at most 400 lines",
        shape.long_file,
        PYTHON,
        bad=("X = 1\n" * 401,),
        good=("X = 1\n" * 400,),
    ),
    Rule(
        "a driver has at most 200 lines",
        shape.long_driver,
        ("hal/meters/*.py", "hal/readers/*.py"),
        bad=(DRIVER + "X = 1\n" * 196,),
        good=(DRIVER + "X = 1\n" * 195, "X = 1\n" * 201),
    ),
    Rule(
        "a function has at most 60 lines",
        shape.long_function,
        PYTHON,
        bad=("def run():\n" + "    x = 1\n" * 60,),
        good=("def run():\n" + "    x = 1\n" * 59,),
    ),
    Rule(
        "a line has at most 100 columns",
        shape.long_line,
        ("*.py", "*.sh", "*.sql", "Makefile", ".ci/run"),
        bad=("#" * 101,),
        good=("#" * 100,),
    ),
    Rule(
        "blocks nest at most 3 deep",
        shape.deep_nesting,
        PYTHON,
        bad=(
            "def run(x):\n for a in x:\n  if a:\n   with a:\n    if a: pass\n",
            "def run(x):\n if x: pass\n else:\n  if x:\n   try: pass\n   finally:\n    if x: x\n",
        ),
        good=(
            "def run(x):\n for a in x:\n  if a:\n   if a: pass\n   elif x: pass\n   elif a: pass\n",
            "class A:\n def run(x):\n  def walk(y):\n   for a in x:\n    with a:\n     if a: x\n",
        ),
    ),
    Rule(
        "no recursion",
        shape.recursion,
        PYTHON,
        bad=("def run():\n    run()\n", "class A:\n    def run(self):\n        self.run()\n"),
        good=("def run(x):\n    x.run()\n", "class A:\n    def run(self):\n        run()\n"),
    ),
    Rule(
        "no double underscores in names",
        shape.double_underscore,
        PYTHON,
        bad=("class A:\n    def run(self):\n        self.__left = 1\n",),
        good=("class A:\n    def __init__(self):\n        self._left = 1\n",),
    ),
    Rule(
        "line 1 of a file is its subtitle",
        shape.no_subtitle,
        PYTHON,
        bad=('# a comment\n"""A file."""\n',),
        good=('"""A file."""\n',),
    ),
    Rule(
        "imports say ampkeeper",
        imports.flat_import,
        PYTHON,
        bad=("from hal.ports import Meter\n",),
        good=("from ampkeeper.hal.ports import Meter\n",),
    ),
    Rule(
        "ring 1 imports only itself",
        imports.safety_imports_others,
        RING_1,
        bad=("import struct\n",),
        good=(
            "from ampkeeper.firmware.safety.units import const\n",
            "if TYPE_CHECKING:\n    from typing import Final\n",
        ),
    ),
    Rule(
        "the link imports only itself",
        imports.link_imports_others,
        LINK,
        bad=("from ampkeeper.hal.ports import Meter\n",),
        good=("import struct\nfrom ampkeeper.hal.link.frame import Frame\n",),
    ),
    Rule(
        "the pilot board is ring 1 and the link",
        imports.pilot_imports_others,
        ("firmware/pilot.py",),
        bad=("from ampkeeper.firmware.facts import Fact\n",),
        good=("from ampkeeper.hal.link.frame import Frame\n",),
    ),
    Rule(
        "ring 1 and the link count in integers",
        imports.float_in_ring_1,
        RING_1 + LINK + ("firmware/pilot.py",),
        bad=("X = 7 / 2\n", "X = 0.5\n", "X /= Y\n", "X = float(Y)\n"),
        good=("X = 7 // 2  # not 3.5\n",),
    ),
    Rule(
        "asyncio stays in the shells",
        imports.asyncio_import,
        SHIPPED,
        besides=(*SHELLS, *DRIVERS, "board/*"),
        bad=("import asyncio\n",),
        good=("import asynciolike\n",),
    ),
    Rule(
        "deciding code has no I/O",
        imports.io_import,
        ("firmware/*.py",),
        besides=(*SHELLS, "firmware/store/*", "firmware/config/*"),
        bad=("from time import monotonic\n",),
        good=("from datetime import datetime\n",),
    ),
    Rule(
        "time is an argument",
        imports.clock_read,
        ("firmware/*.py", "hal/*.py"),
        besides=(*SHELLS, "hal/linux/*"),
        bad=("X = datetime.now(UTC)\n",),
        good=("X = clock.now()\n",),
    ),
    Rule(
        "shipped code does not know the simulator",
        imports.if_simulated,
        ("firmware/*.py", "hal/*.py"),
        bad=("if config.is_simulated:\n    X = 1\n",),
        good=("if config.is_stimulated:\n    X = 1\n",),
    ),
    Rule(
        "every task has an owner",
        imports.loose_task,
        SHIPPED,
        bad=("asyncio.create_task(run())\n",),
        good=("group.create_task(run())\n",),
    ),
    Rule(
        "only app.py catches everything",
        imports.catch_all,
        SHIPPED,
        besides=("firmware/app.py",),
        bad=("try:\n    X = 1\nexcept Exception:\n    X = 2\n",),
        good=("try:\n    X = 1\nexcept Exception as error:\n    raise E from error\n",),
    ),
    Rule(
        "tests do not sleep",
        imports.sleep_in_test,
        TESTS,
        bad=("time.sleep(1)\n",),
        good=("world.sleep(1)\n",),
    ),
    Rule(
        "no promise without a number",
        words.bare_promise,
        ("*.py", "*.sh", "*.sql", "*.toml", "Makefile"),
        besides=TIDY,
        bad=("# TODO later\n",),
        good=("# TODO #12 later\n",),
    ),
    Rule(
        "a page is finished or absent",
        words.unfinished_page,
        ("*.md",),
        bad=("This page is work in progress.\n",),
        good=("This page is finished.\n",),
    ),
    Rule(
        "no registry's host, no machine's path",
        words.place,
        ("*",),
        besides=TIDY,
        bad=("see /home/jane/ampkeeper\n",),
        good=("see ~/ampkeeper and network/home\n",),
    ),
    Rule(
        "links lead somewhere",
        words.dead_link,
        ("*.md",),
        bad=("[here](nowhere.md)\n",),
        good=("[here](https://example.org/nowhere.md#part)\n",),
    ),
)
