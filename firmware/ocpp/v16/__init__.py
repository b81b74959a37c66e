"""OCPP 1.6J: its words for what the station did, and for what it is asked."""

from ampkeeper.firmware.ocpp.v16.dialect import Dialect16

__all__ = ["Dialect16"]
