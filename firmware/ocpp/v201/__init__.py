"""OCPP 2.0.1: its words for what the station did, and for what it is asked."""

from ampkeeper.firmware.ocpp.v201.dialect import Dialect201

__all__ = ["Dialect201"]
