"""Private names of a pilot board: which get a short one, and who shares it."""

from ampkeeper.firmware.faces.cli.pilot_names import shorten


def test_a_private_name_is_short_wherever_it_is_read():
    made = shorten(
        {
            "a": "class A:\n    def __init__(self):\n        self._left_ms = _first()\n"
            "def _first():\n    return 1\n",
            "b": "from a import _first\nx = y._left_ms, _first\n",
        }
    )
    assert made == {
        "a": "class A:\n    def __init__(self):\n        self._b = _a()\ndef _a():\n    return 1\n",
        "b": "from a import _a\nx = y._b, _a\n",
    }


def test_two_files_share_a_short_name_and_one_file_never_does():
    made = shorten({"a": "_left = f()\n_right = f()\n", "b": "_other = f()\n"})
    assert made == {"a": "_a = f()\n_b = f()\n", "b": "_a = f()\n"}


def test_a_name_that_is_there_already_is_given_to_nobody():
    assert shorten({"a": "_a = f()\n_left = f(_b)\n"})["a"] == "_a = f()\n_c = f(_b)\n"


def test_a_class_shares_none_with_the_one_that_it_extends():
    made = shorten(
        {
            "a": "class A:\n    def _first(self):\n        pass\n",
            "b": "from a import A\nclass B(A):\n    def _second(self):\n        pass\n",
        }
    )
    assert "_a(self)" in made["a"]
    assert "_b(self)" in made["b"]


def test_public_names_and_those_of_the_language_stay():
    text = "__version__ = 1\nclass A:\n    def __init__(self):\n        self.public = 1\n"
    assert shorten({"a": text}) == {"a": text}


def test_a_name_that_a_string_or_an_unchanged_file_mentions_stays():
    text = "x._left = 1\n"
    assert shorten({"a": text, "b": "f(x, '_left')\n"})["a"] == text
    assert shorten({"a": text, "b": 'f"{x._left}"\n'})["a"] == text
    assert shorten({"a": text}, fixed=["y = x._left\n"])["a"] == text


def test_a_private_name_of_somebody_else_stays():
    assert shorten({"a": "import sys\nsys._getframe(1)\n"})["a"] == "import sys\nsys._getframe(1)\n"


def test_more_names_than_letters_keep_the_rest_as_they_are():
    text = "".join(f"_name_{number} = f()\n" for number in range(60))
    made = shorten({"a": text})["a"].splitlines()
    assert len({line.split()[0] for line in made}) == 60
    assert sum(line.startswith("_name_") for line in made) == 60 - 52
