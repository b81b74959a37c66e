"""Finders for words that must not stand in a file: promises, places, left-overs, dead links.

A finder takes a source and yields ``(line, what)`` for each place that breaks the rule.
"""

import io
import re
import tokenize
from collections.abc import Iterator

from tests.tidy.shape import Finding
from tests.tidy.sources import ROOT, Source

PROMISING = re.compile(r"\b(TODO|FIXME|XXX|HACK)\b")
PROMISE = re.compile(PROMISING.pattern + r"(?!\s*\(?#\d+)")
UNFINISHED = re.compile(r"\b(work in progress|coming soon|to be done|TBD|WIP)\b", re.IGNORECASE)
PLACE = re.compile(
    r"pypi\.org|pythonhosted\.org|npmjs\.(org|com)|piwheels\.org"  # registries
    r"|(?<![\w.~-])/(root|work|home/(?!pi\b)\w+|Users/\w+)(?=/|\b)"  # somebody's machine
)
LINK = re.compile(r"\]\(([^)\s#]+)(#[^)]*)?\)|\b(?:src|srcset)=\"([^\"]+)\"")


def bare_promise(source: Source) -> Iterator[Finding]:
    """A TODO without a number that says where it is kept."""
    if not PROMISING.search(source.text):
        return
    for line, text in _comments(source):
        if PROMISE.search(text):
            yield line, text.strip()


def unfinished_page(source: Source) -> Iterator[Finding]:
    """A page that says it is not finished."""
    yield from _matches(source, UNFINISHED)


def place(source: Source) -> Iterator[Finding]:
    """The host of a registry or the path of somebody's machine."""
    yield from _matches(source, PLACE)


def dead_link(source: Source) -> Iterator[Finding]:
    """A relative link in a page that leads to no file."""
    folder = (ROOT / source.path).parent
    for number, line in enumerate(source.lines, 1):
        for target, _, image in LINK.findall(line):
            name = target or image
            is_relative = "://" not in name and not name.startswith(("mailto:", "#"))
            if is_relative and not (folder / name).exists():
                yield number, f"{name} is not there"


def _matches(source: Source, pattern: re.Pattern[str]) -> Iterator[Finding]:
    for number, line in enumerate(source.lines, 1):
        found = pattern.search(line)
        if found:
            yield number, found.group(0)


def _comments(source: Source) -> Iterator[tuple[int, str]]:
    if not source.is_python:
        yield from enumerate(source.lines, 1)
        return
    for token in tokenize.generate_tokens(io.StringIO(source.text).readline):
        if token.type == tokenize.COMMENT:
            yield token.start[0], token.string
