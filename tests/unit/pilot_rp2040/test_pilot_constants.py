"""Constants of a pilot board: what becomes a number in place, what stays, and what goes."""

import ast

from ampkeeper.firmware.faces.cli.pilot_constants import fold, module_of
from ampkeeper.firmware.faces.cli.pilot_plan import ROOT, sources

UNITS = """\
def const(value):
    return value


BLOCK_MS = const(10)  # one block
DRIVE_X1, DRIVE_PWM = range(2)
NOTHING = -1
"""


def folded(fixed=(), **texts):
    """Fold modules of a program by their names."""
    return fold(texts, fixed)


def one(text, **others):
    """Fold a module ``main`` beside others and return its text."""
    return folded(main=text, **others)["main"]


def test_an_imported_number_is_written_where_it_is_read():
    assert one("from units import BLOCK_MS\nx = y // BLOCK_MS\n", units=UNITS) == (
        "pass\nx = y // (10)\n"
    )


def test_a_number_read_through_its_module_is_too():
    text = "import units\nfrom pack import units as u\nx = [units.DRIVE_PWM, u.A]\n"
    made = fold({"main": text, "units": UNITS, "pack.units": "A = 3\n"})
    assert made["main"] == "import units\npass\nx = [(1), (3)]\n"


def test_what_nobody_reads_any_more_is_left_out_of_its_own_module():
    made = folded(main="from units import BLOCK_MS as B\nx = B\n", units=UNITS)
    assert "BLOCK_MS" not in made["units"]
    assert "DRIVE" not in made["units"]
    assert "pass  # one block\n" in made["units"]


def test_every_line_keeps_its_number():
    text = (
        "from units import (\n    BLOCK_MS,\n    const,\n)\n\nA = (\n    1\n)\nx = [A, BLOCK_MS]\n"
    )
    made = one(text, units=UNITS)
    assert made == "pass\n\n\n\n\npass\n\n\nx = [(1), (10)]\n"


def test_a_function_imported_beside_a_number_stays():
    assert one("from units import BLOCK_MS, const\nx = const(y, BLOCK_MS)\n", units=UNITS) == (
        "from units import const\nx = const(y, (10))\n"
    )


def test_a_number_built_from_others_counts_through_two_modules():
    more = "from units import BLOCK_MS as B\nA = B * 4 + 2\nC = const(A - 1)\n"
    assert one("from more import C\nx(C)\n", more=more, units=UNITS) == "pass\nx((41))\n"


def test_a_name_that_is_bound_twice_stays_as_it_is():
    for text in (
        "A = 1\nA = 2\nx = A\n",
        "A = 1\ndef f(A):\n    return A\n",
        "A = 1\ndef f():\n    A = 3\n    return A\n",
        "A = 1\nfor A in y:\n    x(A)\n",
        "A = 1\ndef f():\n    global A\n",
        "A = 1\nA += 1\nx = A\n",
        "A = 1\nclass B:\n    A = 2\n",
        "if y:\n    A = 1\nx = A\n",
    ):
        assert one(text) == text


def test_what_is_no_small_number_stays_as_it_is():
    for value in ("1 << 40", "1.5", "'a'", "(1, 2)", "f()", "1073741824", "B + 1"):
        text = f"A = {value}\nx = A\n"
        assert one(text) == text


def test_a_number_that_another_file_changes_stays():
    made = folded(main="import units\nunits.BLOCK_MS = 5\n", units=UNITS + "x = BLOCK_MS\n")
    assert "BLOCK_MS = const(10)" in made["units"]
    assert "x = BLOCK_MS" in made["units"]


def test_a_module_that_is_handed_around_keeps_its_names():
    text = "import units\nx = getattr(units, name) + units.BLOCK_MS\n"
    made = folded(main=text, units=UNITS)
    assert made["units"] == UNITS
    assert made["main"] == "import units\nx = getattr(units, name) + (10)\n"


def test_what_an_unchanged_file_reads_stays():
    made = folded(fixed=["from units import BLOCK_MS\n"], units=UNITS)
    assert "BLOCK_MS = const(10)" in made["units"]
    assert "DRIVE_X1" not in made["units"]


def test_a_name_inside_an_f_string_stays():
    text = 'A = 1\nx = f"{A}"\n'
    assert one(text) == text


def test_a_name_within_letters_of_two_bytes_is_replaced_at_the_right_place():
    assert one('A = 1\nx = ("µµ", A)\n') == 'pass\nx = ("µµ", (1))\n'


def test_modules_are_called_as_they_are_imported():
    assert module_of("ampkeeper/hal/link/frame.py") == "ampkeeper.hal.link.frame"
    assert module_of("ampkeeper/hal/__init__.py") == "ampkeeper.hal"


def test_the_boards_files_keep_functions_classes_and_lines():
    found = {module_of(f"ampkeeper/{name}"): path.read_text() for name, path in sources().items()}
    made = fold(found)
    for name, text in found.items():
        assert shape_of(made[name]) == shape_of(text), name
    assert sum(map(len, made.values())) < sum(map(len, found.values()))
    assert "BLOCK_MS" in (ROOT / "firmware/safety/units.py").read_text()


def shape_of(text):
    """Which functions and classes a file defines, and on which lines."""
    defined = ast.FunctionDef | ast.ClassDef
    found = [node for node in ast.walk(ast.parse(text)) if isinstance(node, defined)]
    return [(node.name, node.lineno, node.end_lineno) for node in found]
