"""Broker: a real Mosquitto for tests and measurements, without installing anything."""
