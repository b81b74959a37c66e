"""Second of three: the whole pilot board is built and kept. MicroPython only."""

import sys

import measured


def test_the_whole_board_loads():
    measured.mark()
    chip, host, _ = measured.held[0]
    from ampkeeper.board.pilot_rp2040.board import Board
    from ampkeeper.board.pilot_rp2040.loop import Loop
    from ampkeeper.board.pilot_rp2040.start import NAME
    from ampkeeper.firmware.pilot import PilotBoard
    from ampkeeper.firmware.safety.signals import Settings

    board = Board(chip, chip)
    board.open()
    measured.held.append(Loop(board, PilotBoard(Settings(), NAME, 1), host))
    assert "ampkeeper.hal.link.host" not in sys.modules
