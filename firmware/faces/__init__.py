"""Faces: how people and programs see the station. Each may fail, restart or be absent."""
