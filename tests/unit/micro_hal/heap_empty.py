"""First of three: the fake chip alone, before anything of the board is loaded. MicroPython only."""

import measured


def test_the_fake_chip_loads():
    from quiet_chip import QuietChip, QuietHost

    from ampkeeper.hal.micro import registers

    chip = QuietChip()
    measured.held.append((chip, QuietHost(chip), registers))
