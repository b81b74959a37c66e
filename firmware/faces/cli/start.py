"""Starting a board: the one place where the firmware reaches up, by name and not by import.

A board is a folder of ``board/`` with a ``main.py``, whose ``main(start)`` takes a ``Start`` and
returns the exit code; ``check(config)`` there, where it is, refuses what ``main`` would refuse.
Folders named ``pilot_...`` are boards of their own processor. Keys of its own, ``[board.NAME]``,
are checked by ``check(name, value)`` of the board's ``config_keys.py``.
"""

import argparse
import importlib
import importlib.util
import logging
import pkgutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ampkeeper.firmware.config import Checkers, Config
from ampkeeper.firmware.config.read import Checker
from ampkeeper.firmware.faces.cli.log_file import keep_log

if TYPE_CHECKING:
    from ampkeeper.firmware.update.folders import Folders

BOARDS = "ampkeeper.board"
EMULATED = "emulated"
HOST = "host"
LOG_FORMAT = "%(asctime)s %(levelname)-7s %(name)s: %(message)s"


@dataclass(frozen=True, slots=True)
class Start:
    """What a board's ``main`` is given. ``control``, ``speed`` and ``seed`` are for emulation."""

    config: Config
    state: Path
    control: str = "127.0.0.1:0"
    speed: float = 1.0
    seed: int = 1


def start(board: str, what: Start) -> int:
    """Run a board until it ends; the return value is the exit code."""
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format=LOG_FORMAT)
    keep_log(what.state)
    return int(_module(board, "main").main(what) or 0)


def boot(state: Path, factory: Path, words: list[str], is_again: bool, trial_s: float) -> int:
    """Start the software that is due; the return value is the exit code."""
    return int(_module(HOST, "boot").main(state, factory, words, is_again, trial_s))


def examine(arguments: argparse.Namespace) -> int:
    """Look at this controller and tell what is wrong; the return value is the exit code."""
    return int(_module(HOST, "doctor.command").run(arguments, checkers()))


def play_scenarios(arguments: argparse.Namespace) -> int:
    """Play scenarios with emulated chargers; the return value is the exit code."""
    return int(_module(EMULATED, "rig.command").run(arguments))


def simulate(days: float, seed: int, as_json: bool, html: Path | None) -> int:
    """Let an emulated charger live in virtual time; the return value is the exit code."""
    return int(_module(EMULATED, "simulate.main").main(days, seed, as_json, html))


def fleet(arguments: argparse.Namespace) -> int:
    """Run many emulated chargers; the return value is the exit code."""
    where = (arguments.chargers, arguments.csms, arguments.profile, arguments.seed)
    main = _module(EMULATED, "fleet.main").main
    return int(main(*where, arguments.seconds, arguments.json, arguments.metrics))


def folders_of(config: Config, state: Path) -> "Folders":
    """The slots of this machine, while no station runs."""
    return cast("Folders", _module(HOST, "installing").configured_folders(config, state))


def hold_slots(state: Path) -> int:
    """Keep the launcher and what it starts out, as a handle to close.

    BlockingIOError: they, or another who changes the slots, run.
    """
    return int(_module(HOST, "boot_lock").held(state))


def check_fits(config: Config) -> None:
    """Refuse what the board cannot carry, as its start would; raise ConfigError."""
    check = getattr(_module(config.board.name, "main"), "check", None)
    if check is not None:
        check(config)


def boards() -> tuple[str, ...]:
    """The boards that can be started here."""
    package = importlib.import_module(BOARDS)
    names = (found.name for found in pkgutil.iter_modules(package.__path__) if found.ispkg)
    return tuple(name for name in names if not name.startswith("pilot_") and _has(name, "main"))


def checkers() -> Checkers:
    """Everybody who knows what free names of a configuration may be."""
    variables: Any = importlib.import_module("ampkeeper.firmware.ocpp.variables")
    panel: Any = importlib.import_module("ampkeeper.firmware.faces.panel.table")
    energy: Any = importlib.import_module("ampkeeper.firmware.energy.configured")
    return Checkers(
        ocpp_key=variables.check_key,
        ocpp_variable=variables.check_variable,
        panel_state=panel.check_look,
        board=_board_checker,
        boards=boards(),
        site=_check_site,
        energy=energy.problems,
    )


def _check_site(
    circuits: Sequence[Any], members: Sequence[Any]
) -> tuple[str, int | None, str] | None:
    plan: Any = importlib.import_module("ampkeeper.firmware.station.site_plan")
    return cast("tuple[str, int | None, str] | None", plan.check_site(circuits, members))


def _board_checker(board: str) -> Checker | None:
    if not _has(board, "config_keys"):
        return None
    return cast(Checker, _module(board, "config_keys").check)


def _has(board: str, module: str) -> bool:
    return importlib.util.find_spec(f"{BOARDS}.{board}.{module}") is not None


def _module(board: str, module: str) -> Any:
    return importlib.import_module(f"{BOARDS}.{board}.{module}")
