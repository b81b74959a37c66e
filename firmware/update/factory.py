"""Factory: what came with the machine: its board, its security counter and whom it believes.

One JSON file beside the software that the machine was made with, which no update replaces. Pure.
"""

import json

from ampkeeper.firmware.update.folders import Machine
from ampkeeper.firmware.update.manifest import COUNTER_MAX, NAME, canonical
from ampkeeper.firmware.update.trust import trust_of

FORM = "ampkeeper factory 1"
TEXT_CHARS_MAX = 65_536
KEYS = {"board", "counter", "form", "roots"}


def machine_of(text: str) -> Machine:
    """The machine that ``to_text`` wrote down; raises ValueError, saying what is wrong."""
    if len(text) > TEXT_CHARS_MAX:
        raise ValueError(f"factory: {len(text)} characters; at most {TEXT_CHARS_MAX}")
    try:
        told = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"factory: no JSON ({type(error).__name__})") from error
    if not isinstance(told, dict) or set(told) != KEYS or told["form"] != FORM:
        raise ValueError(f"factory: {', '.join(sorted(KEYS))} are due, form is {FORM!r}")
    board, counter, roots = told["board"], told["counter"], told["roots"]
    if not isinstance(board, str) or NAME.fullmatch(board) is None:
        raise ValueError(f"factory: board {str(board)[:60]!r} is not of the form {NAME.pattern}")
    is_whole = isinstance(counter, int) and not isinstance(counter, bool)
    if not is_whole or not 0 <= counter <= COUNTER_MAX:
        raise ValueError(f"factory: counter {str(counter)[:30]}; allowed are 0 to {COUNTER_MAX}")
    if not isinstance(roots, list):
        raise ValueError("factory: roots are a list of certificates in PEM")
    body = {"counter_floor": None, "revoked": [], "roots": roots, "serial": 0}
    return Machine(board, counter, trust_of(canonical(body).decode("ascii")))


def to_text(machine: Machine) -> str:
    """As it stands in the file."""
    told = {
        "board": machine.board,
        "counter": machine.counter,
        "form": FORM,
        "roots": list(machine.trust.roots),
    }
    return json.dumps(told, sort_keys=True, indent=1) + "\n"
