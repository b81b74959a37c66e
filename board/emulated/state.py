"""State: the answer to ``GET /v1/state``, from the world's truth and the station's view."""

from datetime import datetime
from typing import Any, Protocol

from ampkeeper.board.emulated.circuit import state_name
from ampkeeper.board.emulated.world import EvseWorld, World
from ampkeeper.firmware.faces.shapes import stamp

TICKS_PER_PERMILLE = 62.5


class StationView(Protocol):
    """What the control API asks of the station. Everything but the transfer returns at once."""

    def csms(self) -> dict[str, Any]:
        """``link`` "up" or "down"; ``registration``; ``ocpp`` version or None; ``queued``."""

    def evse(self, evse_id: int) -> dict[str, Any]:
        """``status``, ``limit_a``, ``limited_by``, ``session`` (or None), ``faults`` (names)."""

    def set_data_transfer(self, vendor_id: str, message_id: str, status: str, data: Any) -> None:
        """Answer this message so from now on; raise ValueError when there are too many."""

    def remove_data_transfer(self, vendor_id: str, message_id: str) -> bool:
        """Forget that answer; False when there was none."""

    async def send_data_transfer(
        self, vendor_id: str, message_id: str | None, data: Any
    ) -> dict[str, Any]:
        """Send one; return the central system's ``status`` and ``data``.

        Raises TimeoutError, or RefusedTransferError where it answered with an error.
        """

    def clear_fault(self, evse_id: int, name: str) -> None:
        """What a service engineer does after the repair: ask for a latched fault to go."""

    def set_network(self, up: bool) -> None:
        """Cut or restore the way to the central system."""


def whole_state(now: datetime, world: World, view: StationView) -> dict[str, Any]:
    """The whole truth about the station, ready for JSON."""
    evses = [_evse_state(evse, view.evse(number)) for number, evse in world.evses.items()]
    return {"time": stamp(now), "csms": view.csms(), "evses": evses}


def _evse_state(evse: EvseWorld, seen: dict[str, Any]) -> dict[str, Any]:
    power_w = sum(evse.power_uw) / 1e6
    if evse.power_w_shown is not None:
        power_w = evse.power_w_shown
    return {
        "id": evse.spec.evse_id,
        "status": seen["status"],
        "pilot": {
            "state": state_name(evse.high_mv, evse.duty_ticks),
            "high_mv": evse.high_mv,
            "low_mv": evse.low_mv,
            "duty_permille": round(evse.duty_ticks / TICKS_PER_PERMILLE),
        },
        "contactor": "closed" if evse.contactor.is_closed else "open",
        "lock": evse.lock_name(),
        "limit_a": seen["limit_a"],
        "limited_by": seen["limited_by"],
        "current_a": [round(current_ma / 1000, 2) for current_ma in evse.current_ma],
        "power_w": round(power_w),
        "energy_wh": evse.register.energy_wh,
        "session": seen["session"],
        "faults": seen["faults"],
    }
