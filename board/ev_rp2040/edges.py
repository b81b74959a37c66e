"""Edges: the PIO program that stamps each edge of a pin, whatever Python does meanwhile.

Part: RP2040, section 3. Three cycles make one count of 0.1 us at 30 MHz; an edge takes six cycles
and counts two, so no edge moves the clock. X counts down; a word is 31 bits of it and the new
level, which Y, set to 1 before, and null make.
"""
# mypy: ignore-errors
# ruff: noqa: F821

import rp2

PROGRAM_HZ = 30_000_000
BEFORE = ("mov(x, invert(null))", "set(y, 1)")  # to be run once


@rp2.asm_pio(fifo_join=rp2.PIO.JOIN_RX)
def edges():
    wrap_target()
    label("low")
    jmp(x_dec, "low_count")
    label("low_count")
    jmp(pin, "rise")
    jmp("low")
    label("high_stay")
    jmp("high")
    label("rise")
    in_(x, 31)
    in_(y, 1)
    push(noblock)
    jmp(x_dec, "high")
    label("high")
    jmp(x_dec, "high_count")
    label("high_count")
    jmp(pin, "high_stay")
    in_(x, 31)
    in_(null, 1)
    push(noblock)
    jmp(x_dec, "low")
    wrap()
