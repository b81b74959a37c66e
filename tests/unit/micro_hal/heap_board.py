"""Second of three: the whole pilot board is built and kept. MicroPython only."""

import measured


def test_the_whole_board_loads():
    from quiet_chip import QuietChip, QuietHost

    from ampkeeper.board.pilot_rp2040.board import Board
    from ampkeeper.board.pilot_rp2040.loop import Loop
    from ampkeeper.board.pilot_rp2040.start import NAME
    from ampkeeper.firmware.pilot import PilotBoard
    from ampkeeper.firmware.safety.signals import Settings

    chip = QuietChip()
    board = Board(chip, chip)
    board.open()
    measured.held.append(Loop(board, PilotBoard(Settings(), NAME, 1), QuietHost(chip)))
