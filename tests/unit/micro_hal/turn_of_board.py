"""A whole turn of the pilot board with the heap locked, and what the board takes. MicroPython only.

From block to pins, with bytes from the station: nothing may be allocated.
"""

import gc
import sys

import micropython
from quiet_chip import QuietChip, block

gc.collect()
BEFORE = gc.mem_alloc()

from ampkeeper.board.pilot_rp2040.board import Board  # noqa: E402 - after the measurement
from ampkeeper.board.pilot_rp2040.loop import Loop  # noqa: E402
from ampkeeper.board.pilot_rp2040.start import NAME  # noqa: E402
from ampkeeper.firmware.pilot import PilotBoard  # noqa: E402
from ampkeeper.firmware.safety.signals import Settings  # noqa: E402

HEAP_BYTES_MAX = 160 * 1024  # of 192 KB, where words have 32 bits


class Host:
    def __init__(self, chip):
        self.ticks_us = chip.ticks_us
        self.ticks_diff = chip.ticks_diff
        self.sleep_ms = chip.sleep_ms
        self.idle = chip.idle

    def collect(self):
        pass

    def kbd_intr(self, key):
        pass


def build():
    chip = QuietChip()
    board = Board(chip, chip)
    board.open()
    loop = Loop(board, PilotBoard(Settings(), NAME, 1), Host(chip))
    board.warm_up(chip.sleep_ms)
    board.watchdog.open()
    loop.start()
    return chip, loop


def test_the_board_leaves_room_in_192_kb():
    gc.collect()
    before = gc.mem_alloc()
    chip, loop = build()
    gc.collect()
    loaded = before - BEFORE
    held = gc.mem_alloc() - before
    assert chip
    assert loop
    print("code", loaded, "objects", held, "bytes; word", 8 if sys.maxsize > 1 << 31 else 4)
    assert sys.maxsize > 1 << 31 or loaded + held <= HEAP_BYTES_MAX, (loaded, held)


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
