"""Rig file: names the station under test and the car's side, checked before a pin is touched.

Every problem is told at once, each with file, line, value and what is allowed; ``ConfigError``
then, and nothing was opened, claimed or energised.
"""

import re
import tomllib
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path as FilePath
from typing import Any

from ampkeeper.firmware.config.load import AT_LINE
from ampkeeper.firmware.config.locate import Lines, Path
from ampkeeper.firmware.config.problems import ConfigError, Problem, nearest
from tools.hil import pins
from tools.hil.cases import CASES

FILE_BYTES_MAX = 65_536
EMULATED, GPIO, EV_BOARD = "emulated", "gpio", "ev_rp2040"
BACKENDS = (EMULATED, GPIO, EV_BOARD)
TOP = ("station", "ev", "estop", "run")
STATION_KEYS = {EMULATED: ("name",), **dict.fromkeys((GPIO, EV_BOARD), ("name", "modbus", "evse"))}
EV_KEYS = {
    EMULATED: ("backend",),
    GPIO: ("backend", "outputs", "inputs", "settle_ms", "active_low"),
    EV_BOARD: ("backend", "port"),
}
ESTOP_KEYS = {EMULATED: (), GPIO: ("pin",), EV_BOARD: ("line",)}
RUN_KEYS = ("cases",)
NAME_CHARACTERS_MAX = 80
SETTLE_MS_MAX = 50
EVSE_MAX = 99
PLACE = re.compile(r"[A-Za-z0-9.-]{1,253}:([0-9]{1,5})")
PORT_MAX = 65_535


@dataclass(frozen=True, slots=True)
class Rig:
    """What a rig file says. Pins are GPIO numbers of the Pi's header."""

    file: str
    station: str
    backend: str
    outputs: dict[str, int] = field(default_factory=dict)
    inputs: dict[str, int] = field(default_factory=dict)
    settle_ms: int = 0  # of a relay, from the command to its contact
    is_active_low: bool = False
    port: str = ""
    estop_pin: int | None = None
    modbus: str = ""  # HOST:PORT of the station's Modbus face; empty: it is not asked for currents
    evse_id: int = 1
    cases: tuple[str, ...] = tuple(case.name for case in CASES)


class _Reader:
    """Takes values out of the document and collects what is wrong with them."""

    def __init__(self, file: str, text: str) -> None:
        self.file = file
        self.lines = Lines(text)
        self.problems: list[Problem] = []

    def refuse(self, path: Path, reason: str) -> None:
        """Note a problem of the key at ``path``."""
        self.problems.append(Problem(self.file, self.lines.of(path), "", "", reason))

    def table(self, path: Path, given: dict[str, Any], known: tuple[str, ...]) -> dict[str, Any]:
        """The table at the end of ``path``; only with ``known`` keys."""
        name = str(path[-1])
        found = given.get(name, {})
        if not isinstance(found, dict):
            self.refuse(path, f"{name} = {found!r}: must be a table, [{name}]")
            return {}
        self.known(path, found, known)
        return found

    def known(self, path: Path, found: dict[str, Any], known: tuple[str, ...]) -> None:
        """Refuse keys that nobody reads."""
        for key in found:
            if key not in known:
                near = nearest(key, known)
                hint = f"did you mean {near}? " if near else ""
                allowed = f"allowed are {', '.join(known)}" if known else "nothing is allowed here"
                self.refuse((*path, key), f"{key!r} is not a key: {hint}{allowed}")

    def value(
        self, path: Path, found: dict[str, Any], default: Any, is_good: Callable[[Any], bool],
        allowed: str,
    ) -> Any:  # fmt: skip
        """The value at the end of ``path``, or the default where there is none."""
        key = str(path[-1])
        if key not in found:
            return default
        if not is_good(found[key]):
            self.refuse(path, f"{key} = {found[key]!r}: must be {allowed}")
            return default
        return found[key]


def load(file: FilePath) -> Rig:
    """Read a rig file; ConfigError has all of its problems."""
    try:
        with file.open("rb") as stream:
            content = stream.read(FILE_BYTES_MAX + 1)
    except OSError as error:
        raise _refused(str(file), 0, f"cannot be read: {error.strerror}") from None
    if len(content) > FILE_BYTES_MAX:
        raise _refused(str(file), 0, f"is larger than {FILE_BYTES_MAX} bytes")
    return parse(content.decode("utf-8", errors="replace"), str(file))


def parse(text: str, file: str) -> Rig:
    """The same from text."""
    try:
        document = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        found = AT_LINE.search(str(error))
        line = int(found.group(1)) if found else text.count("\n") + 1
        raise _refused(file, line, f"not TOML: {AT_LINE.sub('', str(error))}") from None
    except RecursionError:
        raise _refused(file, 1, "nested too deeply") from None
    reader = _Reader(file, text)
    rig = _rig(document, reader)
    if reader.problems:
        raise ConfigError(sorted(reader.problems, key=lambda problem: problem.line))
    return rig


def _rig(document: dict[str, Any], reader: _Reader) -> Rig:
    reader.known((), document, TOP)
    given = document.get("ev", {})
    backend = given.get("backend", EMULATED) if isinstance(given, dict) else EMULATED
    if backend not in BACKENDS:
        reader.refuse(
            ("ev", "backend"), f"backend = {backend!r}: must be one of {', '.join(BACKENDS)}"
        )
        return Rig(reader.file, "", EMULATED)
    station = _station(reader, reader.table(("station",), document, STATION_KEYS[backend]))
    ev = reader.table(("ev",), document, EV_KEYS[backend])
    estop = reader.table(("estop",), document, ESTOP_KEYS[backend])
    station["cases"] = _cases(reader, reader.table(("run",), document, RUN_KEYS))
    if backend == GPIO:
        return _gpio(reader, station, ev, estop)
    if backend == EV_BOARD:
        return _ev_board(reader, station, ev, estop)
    return Rig(reader.file, backend=EMULATED, **station)


def _station(reader: _Reader, found: dict[str, Any]) -> dict[str, Any]:
    """Which charger is under test, and how it is asked for currents."""
    if "name" not in found:
        reader.refuse(("station",), "station.name is missing: it says which charger is under test")
    name = reader.value(
        ("station", "name"), found, "",
        lambda value: isinstance(value, str) and 1 <= len(value) <= NAME_CHARACTERS_MAX,
        f"text of 1 to {NAME_CHARACTERS_MAX} characters: which charger is under test",
    )  # fmt: skip
    modbus = reader.value(
        ("station", "modbus"), found, "",
        _is_place,
        'HOST:PORT, such as "192.0.2.7:502"',
    )  # fmt: skip
    evse_id = reader.value(
        ("station", "evse"), found, 1,
        lambda value: type(value) is int and 1 <= value <= EVSE_MAX,
        f"a whole number, 1 to {EVSE_MAX}",
    )  # fmt: skip
    return {"station": name, "modbus": modbus, "evse_id": evse_id}


def _is_place(value: Any) -> bool:
    found = PLACE.fullmatch(value) if isinstance(value, str) else None
    return found is not None and 1 <= int(found[1]) <= PORT_MAX


def _cases(reader: _Reader, found: dict[str, Any]) -> tuple[str, ...]:
    every = tuple(case.name for case in CASES)
    wanted = reader.value(
        ("run", "cases"), found, list(every),
        lambda value: isinstance(value, list) and bool(value)
        and all(each in every for each in value) and len(set(value)) == len(value),
        f"a list of different ones of {', '.join(every)}",
    )  # fmt: skip
    return tuple(wanted)


def _gpio(
    reader: _Reader, station: dict[str, Any], ev: dict[str, Any], estop: dict[str, Any]
) -> Rig:
    outputs = _pins(reader, "outputs", ev, pins.OUTPUTS, pins.OUTPUTS_NEEDED)
    missing = [key for key in pins.CABLES if key not in outputs]
    if 0 < len(missing) < len(pins.CABLES):
        reader.refuse(
            ("ev", "outputs"),
            f"ev.outputs has no {', '.join(missing)}: allowed are all coding resistors, or none",
        )
    inputs = _pins(reader, "inputs", ev, pins.INPUTS, pins.INPUTS_NEEDED)
    if "pin" not in estop:
        reader.refuse(
            ("estop",),
            "estop.pin is missing: a rig energises nothing without an E-stop line of its own",
        )
    estop_pin = reader.value(("estop", "pin"), estop, None, pins.is_free, pins.FREE)
    used: list[tuple[Path, int]] = [(("estop", "pin"), estop_pin)] if estop_pin is not None else []
    used += [(("ev", "outputs", key), pin) for key, pin in outputs.items()]
    used += [(("ev", "inputs", key), pin) for key, pin in inputs.items()]
    _refuse_twice(reader, used)
    settle_ms = reader.value(
        ("ev", "settle_ms"), ev, 0,
        lambda value: type(value) is int and 0 <= value <= SETTLE_MS_MAX,
        f"a whole number, 0 to {SETTLE_MS_MAX} ms",
    )  # fmt: skip
    is_low = reader.value(
        ("ev", "active_low"), ev, False, lambda value: isinstance(value, bool), "true or false"
    )
    return Rig(
        reader.file, backend=GPIO, outputs=outputs, inputs=inputs, settle_ms=settle_ms,
        is_active_low=is_low, estop_pin=estop_pin, **station,
    )  # fmt: skip


def _ev_board(
    reader: _Reader, station: dict[str, Any], ev: dict[str, Any], estop: dict[str, Any]
) -> Rig:
    if estop.get("line") != "board":
        text = f"line = {estop['line']!r}: " if "line" in estop else "estop.line is missing: "
        reader.refuse(
            ("estop", "line"),
            f'{text}must be "board": the E-stop loop is wired to the EV board itself, '
            "and nothing is energised without it",
        )
    if "port" not in ev:
        reader.refuse(("ev",), "ev.port is missing: it is the EV board's serial port")
    port = reader.value(
        ("ev", "port"), ev, "",
        lambda value: isinstance(value, str) and value.startswith("/dev/"),
        'a serial port, such as "/dev/serial/by-id/..."',
    )  # fmt: skip
    return Rig(reader.file, backend=EV_BOARD, port=port, **station)


def _pins(
    reader: _Reader, kind: str, ev: dict[str, Any], known: tuple[str, ...], needed: tuple[str, ...]
) -> dict[str, int]:
    found = reader.table(("ev", kind), ev, known)
    for key in needed:
        if key not in found:
            reader.refuse(("ev", kind), f"ev.{kind}.{key} is missing: {pins.WHAT[key]}")
    given = {
        key: reader.value(("ev", kind, key), found, None, pins.is_free, pins.FREE)
        for key in found
        if key in known
    }
    return {key: pin for key, pin in given.items() if pin is not None}


def _refuse_twice(reader: _Reader, used: list[tuple[Path, int]]) -> None:
    users: dict[int, str] = {}
    for path, pin in used:
        user = ".".join(map(str, path))
        if pin in users:
            reader.refuse(
                path, f"{user} = {pin}: GPIO {pin} is {users[pin]} already; allowed is one user"
            )
        users.setdefault(pin, user)


def _refused(file: str, line: int, reason: str) -> ConfigError:
    return ConfigError([Problem(file, line, "", "", reason)])
