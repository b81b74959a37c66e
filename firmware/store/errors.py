"""Errors of the store, named for what the caller can do about them."""


class StoreError(Exception):
    """The store did not do it, and nothing was changed."""


class StoreInUseError(StoreError):
    """Another process has this store open: end it, or use another state folder."""


class StoreVersionError(StoreError):
    """A newer version of the software wrote this store: run that version, or restore a backup."""


class StoreDamagedError(StoreError):
    """The file is not a whole store. Nothing was touched; ``move_aside`` starts a new one."""


class UnreadableFactError(StoreError):
    """A queued fact cannot be understood; ``row_id`` is its place in the outbox."""

    def __init__(self, message: str, row_id: int) -> None:
        super().__init__(message)
        self.row_id = row_id
