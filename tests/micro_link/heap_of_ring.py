"""Second of three: the heap with ring 1 alone, then the whole board."""

import kept


def test_the_board_loads():
    kept.mark()
    from ampkeeper.firmware.pilot import PilotBoard
    from ampkeeper.firmware.safety.signals import Settings

    kept.held[0] = PilotBoard(Settings(), "bench", 1)
