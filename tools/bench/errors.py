"""Errors of the measurements, named for what the caller can do."""


class CannotMeasureError(Exception):
    """This row cannot be measured here and now; the message says why. The others can."""
