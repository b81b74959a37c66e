"""Ring 1's process of board pi_peak and nothing else: the shipped program on gpiozero's mock pins.

Not the simulated world: what is measured here, memory, modules and the time to a safe pilot, is
that of the process on a Pi, where lgpio takes the place of the mock pins.

    python -m tools.bench.peak_alone SOCKET FOLDER
"""

import os
import sys
from pathlib import Path

from ampkeeper.board.pi_peak import ring
from ampkeeper.board.pi_peak.facts import load_facts
from ampkeeper.hal.linux.pwm import SysfsPwm
from ampkeeper.hal.linux.unix_door import UnixDoor

PWM_FILES = {"period": "0", "duty_cycle": "0", "enable": "0", "polarity": "normal"}


class Silent:
    """An SPI line on which nothing answers."""

    bits_per_word = 8

    def transfer(self, data: list[int]) -> list[int]:
        """All zeros."""
        return [0] * len(data)

    def close(self) -> None:
        """Nothing to release."""


def main(socket: Path, folder: Path) -> int:
    """Say "safe" when coil and pilot are, then run until SIGTERM and name the modules."""
    facts = load_facts()._replace(pwm_chip=folder)
    channel = folder / f"pwm{facts.pwm_channel}"
    channel.mkdir(parents=True)
    for name, text in PWM_FILES.items():
        (channel / name).write_text(text)

    def make() -> ring.Hardware:
        pwm = SysfsPwm(facts.pwm_chip, facts.pwm_channel, ring.PERIOD_NS)
        pwm.open()
        from gpiozero.pins.mock import MockFactory

        from ampkeeper.board.pi_peak.hardware import PeakHardware

        factory = MockFactory()
        factory.spi = lambda **_: Silent()

        class Told(PeakHardware):
            """Says when it is open."""

            def open(self) -> None:
                super().open()
                print("safe", flush=True)

        return Told(facts, factory, pwm)

    code = ring.run(UnixDoor(socket), make, facts)
    print(" ".join(sorted({name.split(".")[0] for name in sys.modules})))
    print(" ".join(sorted(name for name in sys.modules if name.startswith("ampkeeper."))))
    print(f"{os.getpid()}", flush=True)
    return code


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), Path(sys.argv[2])))
