"""Mutate: changes ring 1 in one place at a time, and asks whether a test notices."""
