"""Transfers for dialects to ask: what was ordered is kept, answers are a test's."""

from ampkeeper.firmware.ocpp.ports.transfer import (
    IDLE,
    LOG,
    UPDATE,
    LogOrder,
    TransferStatus,
    UpdateOrder,
)


class FakeTransfers:
    """Accepts everything until it is told otherwise."""

    def __init__(self) -> None:
        self.updates: list[UpdateOrder] = []
        self.logs: list[LogOrder] = []
        self.word = "accepted"
        self.is_unsigned_taken = True
        self.update_told = TransferStatus(UPDATE, IDLE)
        self.log_told = TransferStatus(LOG, IDLE)
        self.is_busy = False

    def takes_unsigned(self) -> bool:
        return self.is_unsigned_taken

    def order_update(self, order: UpdateOrder) -> str:
        self.updates.append(order)
        return self.word

    def update_status(self) -> TransferStatus:
        return self.update_told

    def is_updating(self) -> bool:
        return self.is_busy

    def order_log(self, order: LogOrder) -> tuple[str, str]:
        self.logs.append(order)
        return self.word, "AK-0001_log.zip"

    def log_status(self) -> TransferStatus:
        return self.log_told
