"""Scenario: a TOML file of what is given, done and expected, checked whole before it is played."""

import json
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path as FilePath
from typing import Any

from ampkeeper.board.emulated.key import BadRequestError, shown
from ampkeeper.board.emulated.rig import forms
from ampkeeper.board.emulated.rig.expectations import Expectation, expectation
from ampkeeper.board.emulated.rig.line import LineSettings
from ampkeeper.board.emulated.rig.verbs import VERSIONS, Deed, deed
from ampkeeper.board.emulated.rig.words import config_text
from ampkeeper.firmware.config.load import AT_LINE, parse
from ampkeeper.firmware.config.locate import Lines, Path
from ampkeeper.firmware.config.problems import ConfigError, Problem, nearest

FILE_BYTES_MAX = 262_144
STEPS_MAX = 1_000
STATIONS_MAX = 20
WITHIN_S = 60.0
STATION = "AK0001"
TOP = ("name", "about", "given", "step")
GIVEN = ("stations", "versions", "set", "line", "tokens")
STEP = ("do", "expect", "within", "station", "evse")
PROBE_URL = "ws://127.0.0.1:9/ocpp"  # never dialled: only to see what a configuration says


@dataclass(frozen=True, slots=True)
class Step:
    """Do, in this order, and then wait until all that is expected holds at once."""

    line: int
    station: str
    evse_id: int
    deeds: tuple[Deed, ...]
    expected: tuple[Expectation, ...]
    within_s: float


@dataclass(frozen=True, slots=True)
class Scenario:
    """One file. ``tokens`` are what a central system has to say of them; ours is told so."""

    file: str
    name: str
    about: str
    stations: tuple[str, ...]
    versions: tuple[str, ...]
    sets: dict[str, str]
    line: LineSettings
    tokens: dict[str, str]
    steps: tuple[Step, ...]


@dataclass(slots=True)
class _Reader:
    """Collects every problem of a file with its line."""

    file: str
    lines: Lines
    problems: list[Problem] = field(default_factory=list)

    def refuse(self, path: Path, reason: str) -> None:
        self.problems.append(Problem(self.file, self.lines.of(path), "", "", reason))

    def read(self, path: Path, make: Callable[[], Any], otherwise: Any) -> Any:
        """What ``make`` returns; what it refuses becomes a problem."""
        try:
            return make()
        except BadRequestError as error:
            self.refuse(path, str(error))
            return otherwise

    def known(self, path: Path, given: dict[str, Any], names: tuple[str, ...]) -> None:
        """Refuse keys that nobody reads."""
        for name in given:
            if name not in names:
                near = nearest(name, names)
                hint = f"did you mean {near}? " if near else ""
                text = f"{shown(name)} is not a key: {hint}allowed are {', '.join(names)}"
                self.refuse((*path, name), text)


def load(file: FilePath) -> Scenario:
    """Read a file; ConfigError has all of its problems, each with file and line."""
    try:
        with file.open("rb") as stream:
            content = stream.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise _refused(str(file), 0, f"cannot be read: {error.strerror}") from None
    if len(content) > FILE_BYTES_MAX:
        raise _refused(str(file), 0, f"larger than {FILE_BYTES_MAX} bytes")
    return parse_scenario(content.decode("utf-8", errors="replace"), str(file))


def parse_scenario(text: str, file: str) -> Scenario:
    """The same from text."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = AT_LINE.search(str(error))
        line = int(found.group(1)) if found else text.count("\n") + 1
        raise _refused(file, line, f"not TOML: {AT_LINE.sub('', str(error))}") from None
    except RecursionError:
        raise _refused(file, 1, "nested too deeply") from None
    reader = _Reader(file, Lines(text))
    scenario = _scenario(document, reader)
    if reader.problems:
        raise ConfigError(sorted(reader.problems, key=lambda problem: problem.line))
    return scenario


def _scenario(document: dict[str, Any], reader: _Reader) -> Scenario:
    reader.known((), document, TOP)
    given = document.get("given", {})
    if not isinstance(given, dict):
        reader.refuse(("given",), f"given = {shown(given)}: must be a table")
        given = {}
    reader.known(("given",), given, GIVEN)
    name = document.get("name", FilePath(reader.file).stem)
    stations = reader.read(("given", "stations"), lambda: _stations(given), (STATION,))
    versions = reader.read(("given", "versions"), lambda: _versions(given), ())
    line = reader.read(
        ("given", "line"), lambda: LineSettings().changed(given.get("line", {})), LineSettings()
    )
    tokens = reader.read(("given", "tokens"), lambda: _texts("tokens", given), {})
    sets, evse_ids = _sets(given, reader)
    steps = document.get("step", [])
    if not isinstance(steps, list) or not 1 <= len(steps) <= STEPS_MAX:
        reader.refuse(("step",), f"step: must be [[step]], 1 to {STEPS_MAX} times")
        steps = []
    made = tuple(
        _step(number, each, reader, stations, evse_ids) for number, each in enumerate(steps)
    )
    about = str(document.get("about", ""))
    return Scenario(reader.file, str(name), about, stations, versions, sets, line, tokens, made)


def _stations(given: dict[str, Any]) -> tuple[str, ...]:
    names = given.get("stations", [STATION])
    is_list = isinstance(names, list) and all(isinstance(each, str) and each for each in names)
    if not is_list or not 1 <= len(names) <= STATIONS_MAX or len(set(names)) != len(names):
        allowed = f"must be a list of 1 to {STATIONS_MAX} different ids"
        raise BadRequestError(f"stations = {shown(names)}: {allowed}")
    return tuple(names)


def _versions(given: dict[str, Any]) -> tuple[str, ...]:
    names = given.get("versions", ["2.0.1", "1.6"])
    if not isinstance(names, list) or not names or not all(each in VERSIONS for each in names):
        allowed = f"must be a list of {', '.join(VERSIONS)}"
        raise BadRequestError(f"versions = {shown(names)}: {allowed}")
    return tuple(names)


def _texts(key: str, given: dict[str, Any]) -> dict[str, str]:
    found = forms.table(key, given.get(key, {}))
    return {name: forms.text(f"{key}.{name}", value) for name, value in found.items()}


def _sets(given: dict[str, Any], reader: _Reader) -> tuple[dict[str, str], set[int]]:
    """Keys of the charger's configuration, tried on one; and the EVSEs it then has."""
    wanted = given.get("set", {})
    if not isinstance(wanted, dict):
        reader.refuse(("given", "set"), f"set = {shown(wanted)}: must be a table of keys")
        return {}, {1}
    sets = {
        key: value if isinstance(value, str) else json.dumps(value) for key, value in wanted.items()
    }
    try:
        config = parse(config_text(PROBE_URL, STATION, ["2.0.1"]), tuple(sets.items()))
    except ConfigError as error:
        for problem in error.problems:
            last = problem.key.rpartition(".")[2]
            place = next((key for key in sets if key.rpartition(".")[2] == last), "")
            text = f"set: {problem.key} = {problem.value}: {problem.allowed}"
            reader.refuse(("given", "set", place), text)
        return {}, {1}
    return sets, {evse.id for evse in config.evse}


def _step(
    number: int, given: object, reader: _Reader, stations: tuple[str, ...], evse_ids: set[int]
) -> Step:
    path: Path = ("step", number)
    if not isinstance(given, dict):
        reader.refuse(path, f"step = {shown(given)}: must be a table")
        given = {}
    reader.known(path, given, STEP)
    station = given.get("station", stations[0])
    if station not in stations:
        allowed = f"must be one of given.stations: {', '.join(stations)}"
        reader.refuse((*path, "station"), f"station = {shown(station)}: {allowed}")
    evse_id = given.get("evse", 1)
    if isinstance(evse_id, bool) or evse_id not in evse_ids:
        allowed = f"must be one of {', '.join(map(str, sorted(evse_ids)))}"
        reader.refuse((*path, "evse"), f"evse = {shown(evse_id)}: {allowed}")
    deeds = _each((*path, "do"), given.get("do", {}), deed, reader)
    expected = _each((*path, "expect"), given.get("expect", {}), expectation, reader)
    if not given.get("do") and not given.get("expect"):
        reader.refuse(path, "step: must have do, expect, or both")
    within_s = WITHIN_S
    if "within" in given:
        within_s = reader.read(
            (*path, "within"), lambda: forms.seconds("within", given["within"]), WITHIN_S
        )
        if not given.get("expect"):
            reader.refuse((*path, "within"), "within: goes with expect")
    return Step(
        reader.lines.of(path), str(station), 1 if not isinstance(evse_id, int) else evse_id,
        deeds, expected, within_s,
    )  # fmt: skip


def _each(
    path: Path, given: object, make: Callable[[str, object], Any], reader: _Reader
) -> tuple[Any, ...]:
    if not isinstance(given, dict):
        reader.refuse(path, f"{path[-1]} = {shown(given)}: must be a table, {{ ... }}")
        return ()
    made = []
    for key, value in given.items():
        one = reader.read((*path, key), partial(make, key, value), None)
        made.append(one)
    return tuple(made)


def _refused(file: str, line: int, reason: str) -> ConfigError:
    return ConfigError([Problem(file, line, "", "", reason)])
