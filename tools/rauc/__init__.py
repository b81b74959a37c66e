"""Rauc: a real rauc service for tests and measurements, without installing anything."""
