"""Paired: a pilot board that has to run what the station's own software brought for it.

The ``Pilot`` port over a linked board. While the two do not match it is not open: so no permit
goes out, and the station says that it has no pilot board, and why. What to do about it is the
table of ``firmware/update/pair.py``; here each step is carried out and the board asked anew.
"""

import asyncio
import logging
from typing import Protocol

from ampkeeper.firmware.safety.contactor import OPEN
from ampkeeper.firmware.update import pair
from ampkeeper.firmware.update.pilot_image import Wanted
from ampkeeper.hal.errors import AbsentError, WrongDeviceError
from ampkeeper.hal.link import flash_host
from ampkeeper.hal.link.flash_host import FlashHost
from ampkeeper.hal.pilots.handed_on import HandedOn
from ampkeeper.hal.pilots.linked import LinkedPilot
from ampkeeper.hal.ports import Clock, Permit, PilotIdentity, PilotStatus

STEPS_MAX = 4  # mend, leave, take back, and a look; what is still odd then is tried again later
LOOK_S = 1.0  # between two looks whether the station is still on trial
PAUSES_S = (0.0, 30.0, 300.0, 3_600.0)  # before the next mending with one image; the last again
GOALS = {
    pair.MEND: flash_host.MEND,
    pair.KEEP: flash_host.KEEP,
    pair.TAKE_BACK: flash_host.TAKE_BACK,
    pair.LEAVE: flash_host.LEAVE,
}

log = logging.getLogger(__name__)


class Wants(Protocol):
    """What the software that runs wants of its boards. Blocks."""

    def wanted(self) -> Wanted | None:
        """The image; None for any. Raises OSError, ValueError: it cannot be told."""

    def key(self) -> bytes:
        """Of the pair. Raises OSError, ValueError."""


class PairedPilot(HandedOn):
    """One board of the pair."""

    def __init__(self, inner: LinkedPilot, clock: Clock, wants: Wants) -> None:
        super().__init__(inner)
        self.inner = inner
        self.reason = ""  # why nothing may be charged; empty: it may
        self._clock = clock
        self._wants = wants
        self._wanted: Wanted | None = None
        self._wanted_id = 0
        self._key = bytes(32)
        self._is_open = False
        self._is_asked = False  # for current
        self._looked_s = 0.0
        self._mended_id = 0
        self._mend_count = 0
        self._mended_s = 0.0

    async def open(self) -> PilotIdentity:
        """Greet, and make the two match; raise AbsentError or WrongDeviceError until they do."""
        self.close()
        await self._look()
        for _ in range(STEPS_MAX):
            wrong: WrongDeviceError | None = None
            identity: PilotIdentity | None = None
            try:
                identity = await self.inner.open()
            except WrongDeviceError as error:
                wrong = error
            step = self._step()
            if step in pair.ALLOWS:
                if identity is None:
                    assert wrong is not None, "it was greeted"
                    raise wrong
                self._let(identity)
                return identity
            self._note()
            if step == pair.REFUSE:
                raise WrongDeviceError(self.reason)
            await self._carry_out(step)
        raise AbsentError(self.reason)

    def permit(self, permit: Permit) -> None:
        """Send one permit, if the two match."""
        self._is_asked = permit.current_a > 0
        if self._is_open and self._step() in pair.ALLOWS:
            self.inner.permit(permit)

    async def next_status(self) -> PilotStatus:
        """The board's next report; AbsentError if it runs something else by now."""
        status = await self.inner.next_status()
        if self._step() not in pair.ALLOWS:
            self._note()
            raise AbsentError(self.reason)
        is_idle = status.contactor == OPEN and not status.is_coil_on and not self._is_asked
        if is_idle and self._is_on_trial() and self._clock.now_s() - self._looked_s >= LOOK_S:
            await self._look()
            if self._step() == pair.KEEP:
                return await self._keep()
        return status

    def close(self) -> None:
        """Release the line; safe twice."""
        self._is_open = False
        self.inner.close()

    # the pair

    def _board(self) -> int:
        return pair.board_side(*self.inner.greeted(), self._wanted_id)

    def _step(self) -> int:
        wanted = self._wanted
        station = pair.station_side(self._wanted_id, wanted is not None and wanted.is_on_trial)
        return pair.step_of(station, self._board())

    def _is_on_trial(self) -> bool:
        return self._board() == pair.SAME_ON_TRIAL

    def _note(self) -> None:
        """Say once what is wrong."""
        reason = pair.why_not(self._step(), self._board())
        if reason != self.reason:
            log.warning("nothing is charged: %s", reason)
        self.reason = reason

    def _let(self, identity: PilotIdentity) -> None:
        if self.reason:
            log.info("the pilot board runs %s, as this station wants", identity.firmware_version)
        self.reason = ""
        self._is_open = True
        if self._board() == pair.SAME:
            self._mend_count = 0

    async def _look(self) -> None:
        """Learn what is wanted now; if that cannot be told nothing is charged."""
        try:
            self._wanted = await asyncio.to_thread(self._wants.wanted)
            if self._wanted is not None:
                self._key = await asyncio.to_thread(self._wants.key)
        except (OSError, ValueError) as error:
            self.reason = f"what the pilot board has to run cannot be told: {error}"
            raise AbsentError(self.reason) from error
        wanted = self._wanted
        self._wanted_id = 0 if wanted is None else wanted.flashable(self._key).image_id
        self._looked_s = self._clock.now_s()

    async def _carry_out(self, step: int) -> None:
        if step == pair.MEND:
            self._pace()
        wanted, goal = self._wanted, GOALS[step]
        if wanted is None or goal not in (flash_host.MEND, flash_host.KEEP):
            await self.inner.flash(FlashHost(goal))
            return
        host = FlashHost(goal, wanted.flashable(self._key), wanted.begins_anew)
        await self.inner.flash(host)

    def _pace(self) -> None:
        """Flash one image ever more slowly: an image that never works wears the flash out."""
        if self._wanted_id != self._mended_id:
            self._mended_id, self._mend_count = self._wanted_id, 0
        now_s = self._clock.now_s()
        pause_s = PAUSES_S[min(self._mend_count, len(PAUSES_S) - 1)]
        if self._mend_count and now_s - self._mended_s < pause_s:
            raise WrongDeviceError(self.reason)
        self._mend_count += 1
        self._mended_s = now_s

    async def _keep(self) -> PilotStatus:
        """Confirm what the board has on trial: it starts anew, and so does the link."""
        self._is_open = False
        await self._carry_out(pair.KEEP)
        await self.open()
        return await self.inner.next_status()
