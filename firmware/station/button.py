"""Button: what a press at the charger does to the charge; the panel asks, the station decides.

Whoever stands there can press it, so it can only take away: it stops or pauses what runs, and
lets a charge that was paused there go on. A pause ends with its transaction or with a restart.
"""

from datetime import datetime

from ampkeeper.firmware.config.model_panel import PAUSE, STOP
from ampkeeper.firmware.facts import StopReason, Trigger
from ampkeeper.firmware.session.session import Stop
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.station import Station

SOURCE = "button"  # in the ledger of limits
# 1.6 §7.36: "pressing a button to stop"
STOPS = Stop(StopReason.LOCAL, Trigger.STOP_AUTHORIZED, ends=False)


class Buttons:
    """The buttons of a station. ``press`` and ``follow`` are events for its task."""

    def __init__(self, station: Station) -> None:
        self._station = station
        self._paused: dict[int, str] = {}  # transaction, by EVSE

    def press(self, evse_id: int, action: str, now: datetime, now_s: float) -> Effects:
        """Somebody pressed the button that does ``action``."""
        if action == STOP:
            effects, done = self._stop(evse_id, now, now_s)
        else:
            assert action == PAUSE, f"{action!r} is no action of a button"
            effects, done = self._pause(evse_id, now)
        effects.notice("button", evse_id=evse_id, action=action, result=done)
        return effects

    def follow(self, evse_id: int, now: datetime, now_s: float) -> Effects:
        """Let a pause end with its transaction: the next car is not to wait for it."""
        if self.is_left_over(evse_id):
            del self._paused[evse_id]
            self._station.evses[evse_id].limit_by(SOURCE, None, "", now)
        return Effects()

    def is_left_over(self, evse_id: int) -> bool:
        """True if a pause outlived its transaction: ``follow`` is due."""
        running = self._station.evses[evse_id].transaction
        tx_id = self._paused.get(evse_id)
        return tx_id is not None and (running is None or running.tx_id != tx_id)

    def _stop(self, evse_id: int, now: datetime, now_s: float) -> tuple[Effects, str]:
        evse = self._station.evses[evse_id]
        if evse.session.charge is None and evse.session.grant is None:
            return Effects(), "nothing to stop"
        done = "stopped" if evse.session.charge is not None else "withdrawn"
        return stop_here(self._station, evse_id, now, now_s), done

    def _pause(self, evse_id: int, now: datetime) -> tuple[Effects, str]:
        evse = self._station.evses[evse_id]
        if evse.transaction is None:
            return Effects(), "nothing to pause"
        if self._paused.get(evse_id) == evse.transaction.tx_id:
            del self._paused[evse_id]
            evse.limit_by(SOURCE, None, "", now)
            return Effects(), "goes on"
        self._paused[evse_id] = evse.transaction.tx_id
        evse.limit_by(SOURCE, 0.0, "paused at the charger's button", now)
        return Effects(), "paused"


def stop_here(station: Station, evse_id: int, now: datetime, now_s: float) -> Effects:
    """A person at the charger ends what runs, or takes back who was let in."""
    evse, effects = station.evses[evse_id], Effects()
    if evse.session.charge is not None:
        evse.stop(STOPS, now, now_s, effects)
    else:
        evse.session.revoke()
    return station.settle(now, now_s, effects)
