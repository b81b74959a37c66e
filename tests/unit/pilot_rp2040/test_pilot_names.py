"""Names of a pilot board: which get a short one, who shares it, and which stay."""

from ampkeeper.firmware.faces.cli.pilot_constants import module_of
from ampkeeper.firmware.faces.cli.pilot_names import shorten, unknown
from ampkeeper.firmware.faces.cli.pilot_plan import sources

LEFT = "class A:\n    def __init__(self):\n        self.left_ms = 1\n"


def test_an_attribute_is_short_wherever_it_is_read():
    made = shorten({"a": LEFT, "b": "from a import A\nx = A().left_ms, left_ms\n"})
    assert made["a"] == LEFT.replace("left_ms", "_a")
    assert made["b"] == "from a import A\nx = A()._a, left_ms\n"


def test_a_method_is_short_in_its_class_and_where_it_is_called():
    made = shorten({"a": "class A:\n    def judge(self):\n        pass\n", "b": "x.judge()\n"})
    assert made == {"a": "class A:\n    def _a(self):\n        pass\n", "b": "x._a()\n"}


def test_two_files_share_a_short_name_and_one_file_never_does():
    made = shorten({"a": LEFT + "        self.right = 1\n", "b": LEFT.replace("left_ms", "other")})
    assert "self._a = 1" in made["a"]
    assert "self._b = 1" in made["a"]
    assert made["b"] == LEFT.replace("left_ms", "_a")


def test_a_name_that_is_there_already_is_given_to_nobody():
    assert "self._b" in shorten({"a": "_a = 1\n" + LEFT})["a"]


def test_a_class_shares_none_with_the_one_that_it_extends():
    made = shorten(
        {
            "a": "class A:\n    def _first(self):\n        pass\n",
            "b": "from a import A\nclass B(A):\n    def _second(self):\n        pass\n",
        }
    )
    assert "_a(self)" in made["a"]
    assert "_b(self)" in made["b"]


def test_names_of_a_module_and_those_of_the_language_stay():
    text = "import a\n__version__ = 1\nclass B:\n    def __init__(self):\n        a.left_ms\n"
    assert shorten({"a": LEFT, "b": text})["b"] == text


def test_a_name_that_objects_of_micropython_have_stays():
    text = "class A:\n    def read_u16(self):\n        self.append = 1\n"
    assert shorten({"a": text})["a"] == text


def test_a_name_that_a_string_a_keyword_or_an_unchanged_file_says_stays():
    assert shorten({"a": LEFT, "b": "f(x, 'left_ms')\n"})["a"] == LEFT
    assert shorten({"a": LEFT, "b": 'f"{x.left_ms}"\n'})["a"] == LEFT
    assert shorten({"a": LEFT, "b": "f(left_ms=1)\n"})["a"] == LEFT
    assert shorten({"a": LEFT}, fixed=["y = x.left_ms\n"])["a"] == LEFT


def test_a_docstring_keeps_no_name():
    assert shorten({"a": '"""About left_ms."""\n' + LEFT})["a"].endswith("self._a = 1\n")


def test_a_name_of_somebody_else_stays():
    text = "import sys\nsys.getframe(x.f_code)\n"
    assert shorten({"a": text})["a"] == text


def test_more_names_than_letters_get_two():
    text = "class A:\n    def __init__(self):\n"
    text += "".join(f"        self.name_{number} = 1\n" for number in range(60))
    made = shorten({"a": text})["a"]
    assert "name_" not in made
    assert "self.aa = 1" in made
    assert len({line for line in made.splitlines() if "=" in line}) == 60


def test_the_board_asks_objects_only_for_what_is_ours_or_known_to_be_micropythons():
    texts = {module_of(f"ampkeeper/{name}"): path.read_text() for name, path in sources().items()}
    assert unknown(texts) == []
    assert unknown({"a": LEFT + "        chip.blink(self.left_ms)\n"}) == [("a", 4, "blink")]
