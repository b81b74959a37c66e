"""A whole turn of the pilot board with the heap locked. MicroPython only.

From block to pins, with bytes from the station: nothing may be allocated.
"""

import micropython
from quiet_chip import QuietChip, QuietHost, block

from ampkeeper.board.pilot_rp2040.board import Board
from ampkeeper.board.pilot_rp2040.loop import Loop
from ampkeeper.board.pilot_rp2040.start import NAME
from ampkeeper.firmware.pilot import PilotBoard
from ampkeeper.firmware.safety.signals import Settings


def build():
    chip = QuietChip()
    board = Board(chip, chip)
    board.open()
    loop = Loop(board, PilotBoard(Settings(), NAME, 1), QuietHost(chip))
    board.warm_up(chip.sleep_ms)
    board.watchdog.open()
    loop.start()
    return chip, loop


def test_a_turn_allocates_nothing():
    chip, loop = build()
    uart = chip.uart
    for high_count, ticks in ((3_532, 62_500), (3_158, 16_667), (2_787, 31_250), (0, 16_667)):
        block(high_count, 558, loop.board.adc.samples)
        loop.board.pwm.ticks = ticks
        uart.waiting = len(uart.incoming)  # noise from the station
        for _ in range(50):
            micropython.heap_lock()
            try:
                loop.turn()
            finally:
                micropython.heap_unlock()
    assert chip.wdt.feeds == 200
    assert uart.sent > 0


def test_a_lost_block_and_a_trip_allocate_nothing():
    chip, loop = build()
    block(3_532, 558, loop.board.adc.samples)
    trip = loop.board.lines._trip_dc
    micropython.heap_lock()
    try:
        trip(None)
        loop.turn()
        loop.board.adc.halt()
        loop.turn()
    finally:
        micropython.heap_unlock()
    assert loop.board.lines.inputs.rcd_dc == 0
    assert chip.wdt.feeds == 2
