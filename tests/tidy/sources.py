"""Which files the house rules look at, read and parsed once."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("firmware", "hal", "board")
LINKS = "tools/importroot/"  # the same files a second time
TEXT_SUFFIXES = (
    ".py",
    ".md",
    ".toml",
    ".txt",
    ".sh",
    ".sql",
    ".html",
    ".css",
    ".js",
    ".svg",
    ".json",
)
TEXT_NAMES = ("Makefile", "run", "LICENSE", ".gitignore")


@dataclass(frozen=True)
class Source:
    """One text file of the project; ``path`` is relative to the root, with forward slashes."""

    path: str
    text: str

    @property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @property
    def is_python(self) -> bool:
        return self.path.endswith(".py")

    @property
    def is_shipped(self) -> bool:
        return self.path.split("/")[0] in PACKAGES

    @property
    def tree(self) -> ast.Module:
        return _parse(self.path, self.text)


@cache
def _parse(path: str, text: str) -> ast.Module:
    return ast.parse(text, filename=path)


@cache
def nodes_of(tree: ast.AST) -> tuple[ast.AST, ...]:
    """Every node of a file or of a part of it that stays: what ``ast.walk`` finds, found once."""
    return tuple(ast.walk(tree))


def git_files(*paths: str) -> list[str]:
    """What git holds or would hold: a new file counts before it is added."""
    done = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard", "--", *paths],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    names = sorted(set(filter(None, done.stdout.split("\0"))))
    return [name for name in names if not name.startswith(LINKS) and (ROOT / name).is_file()]


@cache
def all_sources() -> tuple[Source, ...]:
    """Every text file, in order of path."""
    return tuple(_read_texts())


def python_sources() -> tuple[Source, ...]:
    """Every Python file: shipped, tests and tools."""
    return tuple(source for source in all_sources() if source.is_python)


def _read_texts() -> Iterator[Source]:
    for name in git_files():
        path = ROOT / name
        if path.suffix in TEXT_SUFFIXES or path.name in TEXT_NAMES:
            yield Source(name, path.read_text(encoding="utf-8"))
