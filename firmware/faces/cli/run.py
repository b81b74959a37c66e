"""Running a command: find out, print, and say by the exit code how it went."""

import argparse
import io
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import redirect_stderr
from typing import TYPE_CHECKING

from ampkeeper.firmware.config import ConfigError, load
from ampkeeper.firmware.faces.cli import codes
from ampkeeper.firmware.faces.cli.errors import NotReachableError, RefusedError
from ampkeeper.firmware.faces.cli.parser import parse
from ampkeeper.firmware.faces.cli.start import (
    EMULATED,
    Start,
    boot,
    checkers,
    examine,
    fleet,
    play_scenarios,
    simulate,
    start,
)
from ampkeeper.firmware.store.errors import StoreError

if TYPE_CHECKING:
    from ampkeeper.firmware.faces.cli.answers import Answer

REFUSALS = ("rejected", "blocked", "expired", "invalid", "unknown", "ignored")


def run(argv: Sequence[str]) -> int:
    """Carry out one command line; the return value is the exit code."""
    try:
        arguments = _parsed(argv)
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else codes.BAD_USAGE
    try:
        if arguments.command in ("run", "emulate"):
            return _start(arguments)
        code = TOOLS.get(arguments.command, _answer)(arguments)
        sys.stdout.flush()
        return code
    except ConfigError as error:
        return _config_error(error, arguments)
    except NotReachableError as error:
        return _error(str(error), arguments, codes.NOT_REACHABLE)
    except (RefusedError, StoreError) as error:
        return _error(str(error), arguments, codes.NO)
    except BrokenPipeError:  # the reader of our output has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # flushed at exit
        return codes.OK
    except OSError as error:
        return _error(_said(error), arguments, codes.NO)
    except ExceptionGroup as group:
        return _group_error(group, arguments)


def _parsed(argv: Sequence[str]) -> argparse.Namespace:
    """What the command line says; wrong usage is one document too, where JSON is asked for."""
    if "--json" not in argv:
        return parse(argv)
    said = io.StringIO()
    try:
        with redirect_stderr(said):
            return parse(argv)
    except SystemExit as end:
        if end.code:
            _write_json({"error": said.getvalue().rpartition(": error: ")[2].strip()})
        raise


def _start(arguments: argparse.Namespace) -> int:
    """Check the configuration, then hand over to the board."""
    config = load(arguments.config, arguments.set, checkers())
    if arguments.command == "run":
        return start(config.board.name, Start(config, arguments.state))
    what = Start(config, arguments.state, arguments.control, arguments.speed, arguments.seed)
    return start(EMULATED, what)


def _pilot(arguments: argparse.Namespace) -> int:
    from ampkeeper.firmware.faces.cli.pilot import run_pilot  # whoever flashes has the time

    return run_pilot(arguments)


def _meter(arguments: argparse.Namespace) -> int:
    from ampkeeper.firmware.faces.cli.meter import run_meter  # a start does not need it

    return run_meter(arguments)


def _image(arguments: argparse.Namespace) -> int:
    from ampkeeper.firmware.faces.cli.image import run_image  # certificates are slow to import

    return run_image(arguments)


def _boot(arguments: argparse.Namespace) -> int:
    words = arguments.words[arguments.words[:1] == ["--"] :]
    if words[:1] not in (["run"], ["emulate"]):
        raise RefusedError("boot: behind -- comes what is started: run or emulate, and options")
    trial_s = float(arguments.trial)
    return boot(arguments.state, arguments.factory, words, arguments.again, trial_s)


def _doctor(arguments: argparse.Namespace) -> int:
    return examine(arguments)


def _scenario(arguments: argparse.Namespace) -> int:
    return play_scenarios(arguments)


def _completion(arguments: argparse.Namespace) -> int:
    from ampkeeper.firmware.faces.cli.completion import MAN, manual, script  # rarely asked for
    from ampkeeper.firmware.faces.cli.parser import make_parser

    parser = make_parser()
    what = arguments.what
    sys.stdout.write(manual(parser) if what == MAN else script(what, parser))
    return codes.OK


def _simulate(arguments: argparse.Namespace) -> int:
    return simulate(arguments.days, arguments.seed, arguments.json, arguments.html)


def _fleet(arguments: argparse.Namespace) -> int:
    return fleet(arguments)


TOOLS = {
    "fleet": _fleet,
    "simulate": _simulate,
    "completion": _completion,
    "boot": _boot,
    "doctor": _doctor,
    "pilot": _pilot,
    "meter": _meter,
    "image": _image,
    "scenario": _scenario,
}  # commands that need no station


def _answer(arguments: argparse.Namespace) -> int:
    from ampkeeper.firmware.faces.cli.answers import ANSWERS  # a start needs none, and is awaited

    verb = " ".join(filter(None, (arguments.command, getattr(arguments, "verb", ""))))
    if getattr(arguments, "clear", None) is not None:
        verb = "faults clear"
    if getattr(arguments, "text", False):
        verb = "trace text"
    answer = ANSWERS[verb](arguments)
    if arguments.json:
        _write_json(answer)
    else:
        try:
            _show(verb, answer)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            text = f"the station's answer cannot be shown ({error!r}); see it with --json"
            return _error(text, arguments, codes.NO)
    if answer.get("is_there") is False:
        return codes.NOT_THERE
    return codes.NO if _is_no(answer) else codes.OK


def _is_no(answer: "Answer") -> bool:
    tests = answer.get("tests")
    if isinstance(tests, list) and any(test.get("result") == "failed" for test in tests):
        return True
    is_refused = str(answer.get("result", "")).lower() in REFUSALS
    return is_refused or answer.get("is_cleared") is False


def _show(verb: str, answer: "Answer") -> None:
    from ampkeeper.firmware.faces.cli.tables import show  # rich is slow to import

    show(verb, answer, sys.stdout)


def _config_error(error: ConfigError, arguments: argparse.Namespace) -> int:
    count = len(error.problems)
    text = f"{count} problem{'s' * (count > 1)} in the configuration"
    if arguments.command in ("run", "emulate"):
        text += ": nothing was started"
    if not arguments.json:
        sys.stderr.write(f"{error}\n{text}\n")
        return codes.BAD_USAGE
    problems = [
        {
            "file": problem.file,
            "line": problem.line or None,
            "key": problem.key,
            "value": problem.value,
            "allowed": problem.allowed,
            "hint": problem.hint,
        }
        for problem in error.problems
    ]
    _write_json({"error": text, "problems": problems})
    return codes.BAD_USAGE


def _error(text: str, arguments: argparse.Namespace, code: int) -> int:
    if arguments.json:
        _write_json({"error": text})
    else:
        sys.stderr.write(f"ampkeeper: {text}\n")
    return code


def _group_error(group: ExceptionGroup, arguments: argparse.Namespace) -> int:
    """A station that cannot have its books or a file says so; all else is a bug, and raised."""
    told, bugs = group.split(lambda error: isinstance(error, StoreError) or _is_told(error))
    if told is None or bugs is not None:
        raise group
    return _error("; ".join(map(_said, _leaves(told))), arguments, codes.NO)


def _leaves(group: ExceptionGroup) -> Iterator[Exception]:
    waiting: list[Exception] = [group]
    while waiting:
        error = waiting.pop(0)
        if isinstance(error, ExceptionGroup):
            waiting += error.exceptions
        else:
            yield error


def _is_told(error: BaseException) -> bool:
    """True if the system's refusal names what it is about."""
    return isinstance(error, OSError) and error.filename is not None


def _said(error: Exception) -> str:
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return str(error)


def _write_json(answer: "Answer") -> None:
    sys.stdout.write(json.dumps(answer, indent=2) + "\n")
