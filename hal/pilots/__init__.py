"""Pilots: drivers for ring 1, wherever it runs."""
