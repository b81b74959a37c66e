"""Answers of OCPP 2.1 to what this station does not do."""

from ampkeeper.firmware.ocpp.dialect import Answer
from ampkeeper.firmware.ocpp.v201.answers import status


def not_done(what: str) -> Answer:
    """Rejected, with what of it."""
    return status("Rejected", "UnsupportedParam", what)
