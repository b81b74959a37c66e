"""Hands: what people and nature do to a charger during a visit, and service after it."""

import asyncio
from functools import partial

from ampkeeper.board.emulated.calm_charger import CalmCharger
from ampkeeper.board.emulated.simulate.visits import Step
from ampkeeper.firmware import faults
from ampkeeper.firmware.safety import fault

SERVICE_S = 5.0  # after it was mended, service clears what is latched
CARD = "04A224B1"


class Hands:
    """At one charger, which runs. A cut of its power is not for them."""

    def __init__(self, charger: CalmCharger, card: str = CARD) -> None:
        self._charger = charger
        self._card = card

    async def do(self, step: Step) -> None:
        """Do it; returns when service, where it comes, has gone again."""
        _, what, visit = step
        charger = self._charger
        if what == "plug":
            charger.plug(soc_percent=visit.soc_percent, capacity_wh=visit.capacity_wh)
        elif what == "card":
            charger.swipe(self._card)
        elif what == "unplug":
            charger.unplug()
        elif what in ("break", "mend"):
            self._break(visit.mishap, is_broken=what == "break")
            if what == "mend":
                await self._serve()

    def _break(self, name: str, is_broken: bool) -> None:
        charger = self._charger
        charger.calm.stir()
        causes = charger.car.causes
        if name == "link":
            charger.dialer.is_up = not is_broken
            ocpp = charger.app.csms.ocpp
            if ocpp is not None:
                ocpp.set_network(not is_broken)
        elif name == "outage":
            charger.world.grid.outage = is_broken
        elif name == "leakage":
            charger.car.leakage.dc_ma = 6 if is_broken else 0
        elif name == "heat":
            causes.temperature_c = 110 if is_broken else 25
        elif name == "meter":
            causes.meter = "silent" if is_broken else "ok"
        elif name == "stop":
            causes.emergency_stop = is_broken
        elif name == "earth":
            causes.pe_open = is_broken
        elif name == "pilot":
            causes.pilot_open = is_broken

    async def _serve(self) -> None:
        """Service comes and clears what only a person clears."""
        await asyncio.sleep(SERVICE_S)
        station = self._charger.app.station
        for code in tuple(station.evses[1].faults):
            if faults.info_of(code).clears == fault.SERVICE:
                self._charger.calm.stir()
                await self._charger.app.task.put(partial(station.on_clear_fault, 1, code))
