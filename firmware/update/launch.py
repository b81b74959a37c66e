"""Launch: what the launcher tells the software that it starts, and what that answers by its end.

The launcher is ``ampkeeper boot`` (``board/host/boot.py``). Pure.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ampkeeper.firmware.update.slots import APP, FACTORY, PLACES

SLOT = "AMPKEEPER_SLOT"  # in the environment: the slot that was started
VERSION = "AMPKEEPER_SLOT_VERSION"  # and the version of the image in it
TRIAL_S = "AMPKEEPER_TRIAL_S"  # and after how long it ends what is on trial
OURS = (SLOT, VERSION, TRIAL_S)
WATCHED = "WATCHDOG_PID"  # systemd's: the launcher, where it does not become what it starts
RESTART_KIND = "update"  # why a station restarts, so that its process ends
RESTART_CODE = 75  # exit: start me again, maybe from another slot (EX_TEMPFAIL of sysexits.h)
SLOTS_FOLDER = "slots"  # in the state folder
MODULE = "ampkeeper.firmware.faces.cli"  # what is started, of whichever slot
NOWHERE = "/dev/null"  # there is nothing below it, on a full or read-only disk too
ENTRY = f"{APP}/{MODULE.replace('.', '/')}/__main__.py"  # without it a slot is not started


@dataclass(frozen=True, slots=True)
class Launched:
    """``place`` is the slot that was started; empty: by no launcher. ``version`` of its image.

    ``trial_s``: it is on trial, and ended after that time; 0: it is not. ``is_clean``: what was
    compiled beside its modules is what it was when it was made; else Python is told to do without.
    """

    place: str = ""
    version: str = ""
    trial_s: float = 0.0
    is_clean: bool = True


def launched_of(environment: Mapping[str, str]) -> Launched:
    """What the launcher said; a slot that there is not counts as none."""
    place = environment.get(SLOT, "")
    if place not in PLACES:
        return Launched()
    if place == FACTORY:
        return Launched(place)
    try:
        trial_s = max(0.0, float(environment.get(TRIAL_S, "0")))
    except ValueError:
        trial_s = 0.0
    return Launched(place, environment.get(VERSION, ""), trial_s)


def command(python: str, words: Sequence[str]) -> list[str]:
    """How the software is started; nothing of the folder that it is started in is imported."""
    return [python, "-P", "-m", MODULE, *words]


def environment_of(before: Mapping[str, str], launched: Launched, app: str) -> dict[str, str]:
    """The environment of the software in a slot; ``app`` is where it is unpacked.

    It writes nothing beside its modules: a file more is not what was signed. Signs of life that a
    service manager waits for are its own.
    """
    after = {name: value for name, value in before.items() if name not in (*OURS, WATCHED)}
    after[SLOT] = launched.place
    if launched.place in ("", FACTORY):
        return after
    after[VERSION] = launched.version
    if launched.trial_s:
        after[TRIAL_S] = f"{launched.trial_s:g}"
    paths = [app, after.get("PYTHONPATH", "")]
    after["PYTHONPATH"] = ":".join(path for path in paths if path)
    after["PYTHONDONTWRITEBYTECODE"] = "1"
    if not launched.is_clean:
        after["PYTHONPYCACHEPREFIX"] = NOWHERE
    return after
