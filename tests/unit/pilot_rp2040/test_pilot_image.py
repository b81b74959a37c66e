"""Image of a pilot board: one file of many that does the same, and what is left out or refused."""

import ast
import io
import types

import pytest

from ampkeeper.firmware.faces.cli import main, pilot
from ampkeeper.firmware.faces.cli.errors import RefusedError
from ampkeeper.firmware.faces.cli.pilot_image import made
from ampkeeper.firmware.faces.cli.pilot_plan import ROOT, image, sources
from ampkeeper.firmware.faces.cli.pilot_where import translated

UNITS = """\
TABLE = (1, 2)


def half(value_ma):
    return value_ma // 2


class Level:
    def take(self, value: "int") -> int:
        return half(value) + TABLE[0]

    def nobody(self):
        return TABLE
"""
LOCK = """\
from pack import units
from pack.units import TABLE as ROWS, Level


def tick(value):
    TABLE = 5
    return Level().take(value) + TABLE + ROWS[1] + units.half(8)
"""


def one(kept=(), reader="", **texts):
    """Make an image of modules by their names; read it with ``reader``."""
    whole, linked = made(
        {f"pack/{name}.py": text for name, text in texts.items()}, {}, {"main.py": reader}, kept
    )
    return whole, linked["main.py"]


def run(whole, reader):
    """What ``x`` is after a reader has run beside the image."""
    parts = types.ModuleType("image")
    exec(compile(whole.text, "image", "exec"), vars(parts))
    text = reader.replace("from ampkeeper.image import", "from image import")
    names = {"image": parts}
    text = "\n".join(
        f"{each.asname} = image.{each.name}"
        for node in ast.parse(text).body
        if isinstance(node, ast.ImportFrom)
        for each in node.names
    ) + "\n".join(["", *[line for line in text.splitlines() if "import" not in line]])
    exec(text, names)
    return names["x"]


def test_the_image_does_what_its_files_do():
    whole, reader = one(reader="from pack.lock import tick\nx = tick(9)\n", units=UNITS, lock=LOCK)
    assert run(whole, reader) == 9 // 2 + 1 + 5 + 2 + 4
    assert "import" not in whole.text


def test_what_nobody_reads_is_left_out():
    whole, _ = one(reader="from pack.units import half\n", units=UNITS, lock=LOCK)
    assert whole.text.count("def ") == 1
    assert "class" not in whole.text
    assert "(1, 2)" not in whole.text


def test_a_method_that_nobody_names_is_left_out_and_one_in_a_string_stays():
    assert "TABLE" not in (
        text := one(reader="from pack.units import Level\n", units=UNITS)[0].text
    )
    assert text.count("def ") == 0
    called = "from pack.units import Level\nx = Level().take(1), 'nobody'\n"
    assert one(reader=called, units=UNITS)[0].text.count("def ") == 3


def test_what_is_kept_keeps_its_name():
    assert "def half(" in one(kept=[("pack.units", "half")], units=UNITS)[0].text
    with pytest.raises(RefusedError, match="one name"):
        one(
            kept=[("pack.units", "half"), ("pack.lock", "half")],
            units=UNITS,
            lock="def half():\n    pass\n",
        )


def test_a_local_name_hides_one_of_the_module_as_before():
    text = "def low():\n    return 1\ndef tick(a, b=low()):\n    return [a for a in (b, low())]\n"
    whole, reader = one(reader="from pack.lock import tick\nx = tick(7)\n", lock=text)
    assert run(whole, reader) == [1, 1]


def test_a_parameter_that_a_call_says_keeps_its_name():
    text = "def tick(first_ma, second_ma):\n    return first_ma - second_ma\n"
    whole, reader = one(reader="from pack.lock import tick\nx = tick(9, second_ma=2)\n", lock=text)
    assert run(whole, reader) == 7
    assert "second_ma" in whole.text
    assert "first_ma" not in whole.text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("from pack.units import half\nprint(half(1))\n", r"lock\.py:2: does something"),
        (
            "from pack import units\ndef tick():\n    return vars(units)\n",
            r"lock\.py:3: hands the module",
        ),
        (
            "def tick():\n    from pack.units import half\n    return half(1)\n",
            r"lock\.py:2: .*top",
        ),
        ("import pack.units\ndef tick():\n    pass\n", r"lock\.py:1: must import it as"),
        ("A = ()\ndef tick():\n    global A\n    A = 2\n", r"lock\.py:3: .*another scope"),
        ("def tick():\n    return hlaf(2)\n", r"lock\.py:2: 'hlaf' is bound nowhere"),
        ("from pack.units import hlaf\ndef tick():\n    return hlaf(2)\n", r"units\.py: .*'hlaf'"),
        ("A = ''\ndef tick():\n    return f'{A}'\n", r"lock\.py:3: .*f-string"),
    ],
)
def test_what_the_image_cannot_follow_is_refused_with_file_and_line(text, why):
    with pytest.raises(RefusedError, match=why):
        one(reader="from pack.lock import tick\n", units=UNITS, lock=text)


def test_files_that_import_each_other_are_refused():
    texts = {
        "a": "from pack import b\ndef f():\n    return b.g\n",
        "b": "from pack import a\ndef g():\n    return a.f\n",
    }
    with pytest.raises(RefusedError, match="circle"):
        one(reader="from pack.a import f\n", **texts)


def test_each_line_of_the_image_leads_to_the_same_line_of_its_file():
    whole, _ = image()
    texts = {
        f"ampkeeper/{name}": path.read_text().splitlines()
        for name, path in sources(beginning="start.py").items()
    }
    seen = set()
    for number, text in enumerate(whole.text.splitlines(), 1):
        place, line, function = whole.place_of(number)
        seen.add(place)
        if text.lstrip().startswith(("return", "if ", "for ", "while ")):
            assert texts[place][line - 1].lstrip().split()[0] == text.split()[0]
            assert function
    assert seen == {*texts}
    with pytest.raises(RefusedError, match="no line 0"):
        whole.place_of(0)


def test_a_traceback_of_a_board_names_our_file_line_and_function():
    whole, _ = image()
    lines = (ROOT / "firmware/safety/lock.py").read_text().splitlines()
    there = next(at for at, line in enumerate(lines, 1) if "def tick" in line) + 2
    at = whole.begins[whole.order.index("ampkeeper.firmware.safety.lock")] + there
    text = f'  File "image", line {at}, in _b\nAssertionError:\n  File "main.py", line 3, in run\n'
    assert translated(text, whole) == (
        f'  File "ampkeeper/firmware/safety/lock.py", line {there}, in Lock.tick\n'
        'AssertionError:\n  File "main.py", line 3, in run\n'
    )


def test_where_takes_lines_or_a_traceback(capsys, monkeypatch):
    assert main(["pilot", "where", "1"]) == 0
    assert capsys.readouterr().out.startswith("image:1  ampkeeper/board/__init__.py:1")
    monkeypatch.setattr(pilot.sys, "stdin", io.StringIO('  File "image", line 1, in <module>\n'))
    assert main(["pilot", "where"]) == 0
    assert '"ampkeeper/board/__init__.py", line 1' in capsys.readouterr().out
    assert main(["pilot", "where", "1000000"]) == 1
    assert "no line 1000000" in capsys.readouterr().err
