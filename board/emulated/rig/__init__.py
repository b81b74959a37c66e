"""Rig: whole emulated chargers for other people's tests: a pytest plugin and scenario files."""
