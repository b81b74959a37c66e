"""Main of the pilot board: safe pins first, with nothing but ``machine``; then everything else.

If any file of the package is missing or broken, the import below fails, and the board stays in
the REPL with its coil off, its pilot at +12 V steady, and no watchdog: ready to be flashed anew.
"""

import gc
import sys

import machine

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

COIL = 4
CP_PWM = 2
LOW = (COIL, 3, 5, 6, 7, 8, 9)  # coil first; pilot relay, phases, lock, lock, monostable, RCD test

SCRATCH1, SCRATCH2 = 0x40058010, 0x40058014  # of the watchdog; they outlive a restart
STOPPED, FLASH_WISH = 0x0A57D09, 0x0A5F1A5  # in them: this start was wished for; to be flashed
ENTRY = "begin"  # of start.py; keeps its name for ever


def make_safe() -> None:
    """Coil low, pilot +12 V, the rest low. What is not reached stays as the resistors pull it."""
    for gpio in LOW:
        machine.Pin(gpio, machine.Pin.OUT, value=0)
    machine.Pin(CP_PWM, machine.Pin.OUT, value=1)


def main() -> None:
    """Run what is due; come back only for a person at the console.

    What the station flashed and that ends by itself starts again until its starts are spent;
    what the board came with stays in the REPL then, in reach of USB.
    """
    import micropython
    import rp2

    wishes_flash = machine.mem32[SCRATCH2] == FLASH_WISH
    try:
        folder, told, was_flashed = chosen()
    except OSError:  # of a file; a second time, only a person can help
        if not wishes_flash:
            restart(FLASH_WISH)
        raise
    has_ended = wishes_flash = False
    try:
        if folder:
            wishes_flash = entry(folder)(machine, rp2, micropython.kbd_intr, told)
            has_ended = True
    finally:
        make_safe()
        if not folder or wishes_flash or (was_flashed and not has_ended):
            restart(FLASH_WISH if wishes_flash else 0)


def chosen() -> "tuple[str, int, bool]":
    """What starts; the launcher, which knows, is out of the heap again before that is loaded."""
    from ampkeeper.board.pilot_rp2040.launch import choose

    found = choose(machine)
    sys.modules.pop("updater", None)
    gc.collect()
    return found


def entry(folder: str) -> "Any":
    """What every program calls by one name, whatever its version."""
    sys.path.insert(0, folder)
    return getattr(__import__("image"), ENTRY)


def restart(wish: int) -> None:
    """Start the processor anew, on purpose."""
    machine.mem32[SCRATCH2] = wish
    machine.mem32[SCRATCH1] = STOPPED
    machine.reset()


make_safe()
if __name__ == "__main__":
    main()
