"""Drivers of the RP2040, for MicroPython."""
