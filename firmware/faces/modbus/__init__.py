"""Modbus/TCP: the charger for energy managers and building controllers; off unless configured."""
