"""The pilot board: ring 1 on an RP2040, under MicroPython."""
