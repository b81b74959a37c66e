"""Carriers: bring one file from another machine, or take one there."""
