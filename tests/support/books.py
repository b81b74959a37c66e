"""The station's books as a power cut left them, read while nothing runs."""

from dataclasses import dataclass
from pathlib import Path

from ampkeeper.firmware.facts import StopReason
from ampkeeper.firmware.station.books import restored
from ampkeeper.firmware.store.store import STORE_FILE, open_read_only

SESSIONS_MAX = 1_000


@dataclass(frozen=True, slots=True)
class Cut:
    """One power cut: the open transaction in the books, and the car when the power came back."""

    tx_id: str | None  # None: no transaction ran
    reason: StopReason | None  # given before the cut
    is_plugged: bool


def open_transaction(state_dir: Path) -> tuple[str | None, StopReason | None]:
    """The open transaction, and the reason that it was given, if any."""
    if not (state_dir / STORE_FILE).exists():
        return None, None
    reads = open_read_only(state_dir / STORE_FILE)
    try:
        found = [restored(row.state) for row in reads.open_sessions()]
    finally:
        reads.close()
    assert len(found) <= 1, "one EVSE has one transaction"
    if not found:
        return None, None
    stop = found[0].stop
    return found[0].tx_id, stop.reason if stop is not None else None


def names(state_dir: Path, is_16: bool) -> dict[str, str]:
    """The books' name of each transaction, by the one that the wire knows."""
    reads = open_read_only(state_dir / STORE_FILE)
    try:
        rows = reads.sessions(limit=SESSIONS_MAX)
    finally:
        reads.close()
    return {str(row.csms_tx_id) if is_16 else row.tx_id: row.tx_id for row in rows}


def expected_reason(cuts: list[Cut], tx_id: str, ends_on_return: bool) -> StopReason | None:
    """The reason that follows from the cuts; None: any but PowerLoss."""
    for cut in cuts:
        if cut.tx_id != tx_id:
            continue
        if cut.reason is not None:
            return cut.reason
        if ends_on_return or not cut.is_plugged:
            return StopReason.POWER_LOSS
    return None
