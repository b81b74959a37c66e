"""The house rules, held against every file; and each rule against its own examples."""

import pytest

from tests.tidy.exceptions import EXCEPTIONS
from tests.tidy.rules import RULES, Rule
from tests.tidy.sources import Source, all_sources

EXCUSED = {(name, path) for name, path, _ in EXCEPTIONS}

by_name = pytest.mark.parametrize("rule", RULES, ids=[rule.name for rule in RULES])


def places(rule: Rule, is_excused: bool) -> list[str]:
    """Where the rule is broken, in the files that are, or are not, excused from it."""
    return [
        place
        for source in all_sources()
        if rule.holds_for(source.path) and ((rule.name, source.path) in EXCUSED) is is_excused
        for place in rule.broken_by(source)
    ]


@by_name
def test_every_file_keeps_the_rule(rule: Rule) -> None:
    broken = places(rule, is_excused=False)
    if broken:
        pytest.fail("\n".join(broken), pytrace=False)


@by_name
def test_the_rule_finds_what_it_forbids_and_nothing_else(rule: Rule) -> None:
    path = "firmware/example.md" if rule.files == ("*.md",) else "firmware/example.py"
    for text in rule.bad:
        assert list(rule.broken_by(Source(path, text))), text
    for text in rule.good:
        assert not list(rule.broken_by(Source(path, text))), text


def test_every_exception_is_still_needed() -> None:
    needed = {(rule.name, place.split(":")[0]) for rule in RULES for place in places(rule, True)}
    assert needed == EXCUSED, f"no longer needed: {sorted(EXCUSED - needed)}"
