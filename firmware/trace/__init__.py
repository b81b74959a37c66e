"""Traces of ring 1's flight recorder: read, and shown as text, in a terminal and as a picture."""
