"""Payments by web at work: which code each free EVSE shows (OCPP 2.1 C25).

The code is told to whoever watches, like a display message, with every change. After somebody
scanned it, it is gone for the time that the central system says.
"""

from datetime import datetime
from typing import TYPE_CHECKING

from ampkeeper.firmware import web_payment
from ampkeeper.firmware.station.effects import Effects

if TYPE_CHECKING:
    from ampkeeper.firmware.station.evse import Evse
    from ampkeeper.firmware.station.station import Station

CONTROLLER = "WebPaymentsCtrlr"
ENABLED, TEMPLATE = f"{CONTROLLER}.Enabled", f"{CONTROLLER}.URLTemplate"
SECRET, LENGTH = f"{CONTROLLER}.SharedSecret", f"{CONTROLLER}.Length"
VALIDITY = f"{CONTROLLER}.ValidityTime"
IDENTITY = "SecurityCtrlr.Identity"
HIDDEN_S_MAX = 3600  # whatever the central system says: nobody pays for that long


class Payments:
    """Part of the display."""

    def __init__(self, station: "Station") -> None:
        self._station = station
        self._shown: dict[int, str] = {}  # by EVSE
        self._hidden_s: dict[int, float] = {}  # until when, monotonic

    def on_started(self, evse_id: int, timeout_s: int, now: datetime, now_s: float) -> Effects:
        """Somebody scanned the code of an EVSE, and pays (C25.FR.22)."""
        effects = Effects()
        self._hidden_s[evse_id] = now_s + min(timeout_s, HIDDEN_S_MAX)
        effects.notice("payment_started", evse_id=evse_id, timeout_s=timeout_s)
        return self._station.settle(now, now_s, effects)

    def shown(self, evse_id: int) -> str:
        """The address that an EVSE shows now; empty: none."""
        return self._shown.get(evse_id, "")

    def follow(self, now: datetime, now_s: float, effects: Effects) -> None:
        """Show each free EVSE's code, and another one when its time is over (C25.FR.01)."""
        if not self._station.variable(ENABLED) and not self._shown:
            return
        for evse in self._station.evses.values():
            text = self._address(evse, now) if self._is_free(evse, now_s) else ""
            if text != self._shown.get(evse.evse_id, ""):
                effects.notice("payment_code", evse_id=evse.evse_id, text=text)
            self._shown[evse.evse_id] = text
        if not any(self._shown.values()):
            self._shown.clear()

    def _is_free(self, evse: "Evse", now_s: float) -> bool:
        is_hidden = now_s < self._hidden_s.get(evse.evse_id, now_s)
        return not is_hidden and not evse.is_busy and self._station.can_start(evse.evse_id)

    def _address(self, evse: "Evse", now: datetime) -> str:
        variable = self._station.variable
        template, secret = str(variable(TEMPLATE)), str(variable(SECRET))
        if not (variable(ENABLED) and template and secret):
            return ""
        at_s, validity_s = int(now.timestamp()), int(variable(VALIDITY))
        totp = web_payment.password(secret, at_s, validity_s, int(variable(LENGTH)))
        return web_payment.address(template, str(variable(IDENTITY)), evse.evse_id, totp)
