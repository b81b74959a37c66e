"""Errors of driving a charger, named for what the caller can do."""


class ChargerError(Exception):
    """The charger refused, did not start, or is gone; the text says what and what is allowed."""


class NotInTimeError(AssertionError):
    """What was waited for did not come; the text has what was seen instead."""
