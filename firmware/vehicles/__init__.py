"""Vehicles: which profile a car gets, from the shipped ones and the owner's own."""

from ampkeeper.firmware.vehicles.choose import Garage, Vehicle, shipped

__all__ = ["Garage", "Vehicle", "shipped"]
