"""Main of the pilot board: safe pins first, with nothing but ``machine``; then everything else.

If any file of the package is missing or broken, the import below fails, and the board stays in
the REPL with its coil off, its pilot at +12 V steady, and no watchdog: ready to be flashed anew.
"""

import machine

COIL = 4
CP_PWM = 2
LOW = (COIL, 3, 5, 6, 7, 8, 9)  # coil first; pilot relay, phases, lock, lock, monostable, RCD test


def make_safe() -> None:
    """Coil low, pilot +12 V, the rest low. What is not reached stays as the resistors pull it."""
    for gpio in LOW:
        machine.Pin(gpio, machine.Pin.OUT, value=0)
    machine.Pin(CP_PWM, machine.Pin.OUT, value=1)


def main() -> None:
    """Run the board; come back only for a person at the console."""
    import micropython
    import rp2

    from ampkeeper.board.pilot_rp2040.start import Host, run

    try:
        run(machine, rp2, Host(machine, micropython.kbd_intr))
    finally:
        make_safe()


make_safe()
if __name__ == "__main__":
    main()
