"""Facts: what ``board.toml`` says of the circuit: ratings, what is fitted, what the Pi shows."""

import tomllib
from pathlib import Path
from typing import NamedTuple

from ampkeeper.hal.linux.lines import Lines, check_lines, read_lines
from ampkeeper.hal.meters.checked import MapError, Table

FILE = Path(__file__).with_name("board.toml")
STOPS = frozenset(("emergency_stop", "supply_monitor"))


class Facts(NamedTuple):
    """``lines`` are those of the Pi; ``parts`` what is fitted on the pilot board, by name."""

    lines: Lines
    parts: frozenset[str]

    @property
    def has_stop(self) -> bool:
        """Whether an emergency stop or a supply monitor is fitted."""
        return not self.parts.isdisjoint(STOPS)


def load_facts(path: Path = FILE) -> Facts:
    """Read the file; raise OSError, or ValueError with file, key, value and what is allowed."""
    return parse_facts(path.read_text(encoding="utf-8"), path.name)


def parse_facts(text: str, name: str) -> Facts:
    """Check and return what is written in ``text``; ``name`` is for messages."""
    root = Table(name, "", tomllib.loads(text))
    lines = read_lines(root, name, has_outputs=False)
    root.end()
    if lines.inputs:
        named = ", ".join(f"[inputs.{each}]" for each in lines.inputs)
        raise MapError(f"{name}: {named}: allowed is none, they are wired to the pilot board")
    parts, lines = frozenset(lines.parts), lines._replace(parts={})
    check_lines(lines)
    return Facts(lines, parts)
