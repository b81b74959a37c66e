"""Second of three: the whole board, in the image that holds it."""

import kept


def test_the_board_loads():
    from ampkeeper.firmware.pilot import PilotBoard
    from ampkeeper.firmware.safety.signals import Settings

    kept.held.append(PilotBoard(Settings(), "bench", 1))
    kept.mark_most()
