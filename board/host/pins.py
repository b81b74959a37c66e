"""Pins: a board refused by its ``board.toml`` as by a configuration: with file and key."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import TypeVar

from ampkeeper.firmware.config import ConfigError
from ampkeeper.firmware.config.problems import Problem
from ampkeeper.hal.linux.lines import Lines, check_lines, pins_of_ports

FILE = "board.toml"

Facts = TypeVar("Facts")


def facts_of(load: Callable[[], Facts]) -> Facts:
    """Return what ``load`` reads from a board's file; raise ConfigError for what is wrong there."""
    try:
        return load()
    except ValueError as error:  # of our readers, or of TOML's
        raise ConfigError([_problem(error)]) from error


def pin_problems(
    lines: Lines, ports: Iterable[str], own: Mapping[int, str] | None = None
) -> Iterator[Problem]:
    """What keeps a pin from its user: a bus at one of ``ports``, or ``own`` users of the board."""
    try:
        check_lines(lines, {**pins_of_ports(ports), **(own or {})})
    except ValueError as error:
        yield _problem(error)


def _problem(error: ValueError) -> Problem:
    return Problem(FILE, 0, "", "", str(error).removeprefix(f"{FILE}: "))
