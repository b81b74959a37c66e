"""A mutant is named by what it changes, so that the reason why it may live speaks of no other."""

import pytest

pytest.importorskip("mutmut")  # no wheel of what it stands on for 32-bit ARM

from tools.mutate.mutants import mutants_of

CODE = """\
class Timer:
    def __init__(self) -> None:
        self.left_ms = 0  # of the wait
        self.state = 0

    def stop(self) -> None:
        self.left_ms = 0
"""


def names(code: str) -> list[str]:
    return [mutant.name for mutant in mutants_of("timer", code)]


def test_a_mutant_is_named_by_the_lines_before_and_after() -> None:
    name = "timer.Timer.__init__: `self.left_ms = 0` -> `self.left_ms = 1`"
    mutant = next(each for each in mutants_of("timer", CODE) if each.name == name)
    assert mutant.code == CODE.replace("0  # of the wait", "1  # of the wait")


def test_a_line_more_in_front_leaves_every_other_mutant_its_name() -> None:
    first = "        self.left_ms = 0  #"
    more = CODE.replace(first, f"        self.age_ms = 0\n{first}")
    assert set(names(CODE)) < set(names(more))


def test_another_value_in_a_line_gives_its_mutants_other_names() -> None:
    other = names(CODE.replace("self.state = 0", "self.state = 7"))
    assert not any("state" in name for name in set(names(CODE)) & set(other))


def test_the_same_line_twice_in_a_function_is_told_apart_by_the_line_before() -> None:
    code = CODE + "        self.state = 1\n        self.left_ms = 0\n"
    twice = [
        name for name in names(code) if "Timer.stop" in name and "-> `self.left_ms = 1`" in name
    ]
    assert [name.split(" after ")[1] for name in twice] == [
        "`def stop(self) -> None:`",
        "`self.state = 1`",
    ]
    assert len(set(names(code))) == len(names(code))
