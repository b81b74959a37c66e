"""Errors of asking a station, named for what the caller can do."""


class NotReachableError(Exception):
    """No station answers in this state folder."""


class RefusedError(Exception):
    """The station said no; the text says why."""
