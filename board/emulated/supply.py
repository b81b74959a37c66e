"""Supply: the mains at one EVSE, ahead of its contactor, and the rails that the board makes.

A lost neutral lets the star point float: the phase that carries most falls, the others rise.
A wired single phase without neutral shows nothing. The controller itself rides through a
brown-out on its capacitors. Integers: mV, ms.
"""

from ampkeeper.board.emulated.causes import Causes
from ampkeeper.board.emulated.grid import Grid

FLOATING_PERCENT = (70, 122, 122)  # of each phase without neutral: more than any rule allows
NOTHING = (0, 0, 0)

Voltages = tuple[int, int, int]


def step(causes: Causes, elapsed_ms: int) -> None:
    """Let time pass: a brown-out ends by itself."""
    if causes.brown_out_ms:
        causes.brown_out_ms = max(0, causes.brown_out_ms - elapsed_ms)


def voltages_mv(grid: Grid, causes: Causes, phases: int) -> Voltages:
    """Line to neutral, of the phases that are wired."""
    if causes.supply_lost or causes.brown_out_ms:
        return NOTHING
    first_mv, second_mv, third_mv = grid.voltages_mv()
    if phases == 1:
        second_mv = third_mv = 0
        if causes.n_open:
            return NOTHING
    if causes.n_open:
        first_mv, second_mv, third_mv = (
            part_mv * percent // 100
            for part_mv, percent in zip(
                (first_mv, second_mv, third_mv), FLOATING_PERCENT, strict=True
            )
        )
    if causes.voltage_percent == 100:
        return first_mv, second_mv, third_mv
    factor = causes.voltage_percent / 100
    return round(first_mv * factor), round(second_mv * factor), round(third_mv * factor)
