"""Drivers of what a Linux board has: serial lines, buses, pins, watchdog."""
