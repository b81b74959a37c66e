"""Meters on a pty in a process of their own, for ``meter.py``; runs until stdin is closed.

Answers take as long as they would on a line of 9600 baud, or no time at all.
"""

import asyncio
import sys

from ampkeeper.board.emulated.meter_models import MODELS
from ampkeeper.board.emulated.meter_twin import MeterImage, MeterTwin
from ampkeeper.hal.ports import MeterReading

REQUEST_BYTES = 8
THINK_S = 0.02  # a meter's own time before it answers
SHOWN = MeterReading(
    0.0, 12_300, 5_510.0, (7.0, 8.0, 9.0), (229.0, 230.0, 231.0), (1_600.0, 1_838.0, 2_072.0)
)


async def run(name: str, units: int, bits_per_s: int) -> None:
    """Be ``units`` meters of one model; 0 bits per second: answer at once."""
    twin = MeterTwin(lambda: SHOWN, 1, model=MODELS[name])
    for unit in range(2, units + 1):
        twin.add(MeterImage(lambda: SHOWN, unit=unit, model=MODELS[name]))
    if bits_per_s:

        def on_the_line(answer: bytes) -> list[tuple[float, bytes]]:
            bits = 10 * (REQUEST_BYTES + len(answer))
            return [(THINK_S + bits / bits_per_s, answer)]

        twin.spoil = on_the_line
    sys.stdout.write(f"{await twin.start()}\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.read)  # ended by whoever started this
    await twin.stop()


if __name__ == "__main__":
    asyncio.run(run(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
