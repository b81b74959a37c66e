"""Drivers: the tariffs that came with single tokens (OCPP 2.1 I08), until nobody needs them.

Such a tariff is kept while its token is in the authorisation cache, waits, was let in or charges
(I08.FR.05 to FR.07). It is in the books before it counts. Pure.
"""

import json
from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ampkeeper.firmware.facts import IdToken
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.store.changes import SaveMeta
from ampkeeper.firmware.tariff import Tariff, tariff_of

if TYPE_CHECKING:
    from ampkeeper.firmware.station.station import Station

KEY = "driver_tariffs"
TEXT_CHARS_MAX = 60_000  # of what one row of the books takes; the oldest go
CACHE = "AuthCacheCtrlr.Enabled"
HANDLE_FAILED = "TariffCostCtrlr.HandleFailedTariff[Tariff]"
DEAUTHORIZE, USE_DEFAULT, CENTRAL_COST = "Deauthorize", "UseDefaultTariff", "CentralCost"


class Drivers:
    """Tariffs by token; None: the central system works out what this person pays (I08.FR.33)."""

    def __init__(self, station: "Station") -> None:
        self.tariffs: dict[str, Tariff | None] = {}
        self.has_problem = False  # the last one that came could not be worked out
        self._station = station

    def recall(self, read: Callable[[str], str | None]) -> list[str]:
        """Take up what the books hold; return what of it is left out, in words."""
        wrong = []
        for token, told in loaded(read(KEY)).items():
            try:
                self.tariffs[token] = None if told is None else tariff_of(told)
            except ValueError as error:
                wrong.append(f"tariff of a token: {error}")
        return wrong

    def of(self, token: IdToken) -> tuple[bool, Tariff | None]:
        """Whether anything came with a token, and its tariff."""
        key = token.key
        return key in self.tariffs, self.tariffs.get(key)

    def on_authorised(
        self, token: IdToken, tariff: Tariff | None, problem: str, now: datetime, now_s: float
    ) -> Effects:
        """The central system let a token in, with a tariff, with a bad one, or with none."""
        effects, key = Effects(), token.key
        before, had = self.tariffs.pop(key, None), key in self.tariffs
        if tariff is not None:
            self.tariffs[key] = tariff.for_driver()
            self.has_problem = False  # I08.FR.35
            if tariff.text:
                effects.notice("tariff_message", text=tariff.text)
        elif problem:
            self.has_problem = True  # I08.FR.30
            effects.notice("tariff_failed", why=problem)
            if self._station.variable(HANDLE_FAILED) == CENTRAL_COST:
                self.tariffs[key] = None
        if had or key in self.tariffs or before is not None:
            self._save(effects)
        return effects

    def forget(self, is_of: Callable[[str], bool], effects: Effects) -> None:
        """The tariffs of somebody who is to be forgotten go."""
        gone = [key for key in self.tariffs if is_of(key)]
        for key in gone:
            del self.tariffs[key]
        if gone:
            self._save(effects)

    def forget_unused(self, effects: Effects) -> None:
        """Tariffs of whom nobody waits for any more go (I08.FR.06)."""
        if not self.tariffs:
            return
        used = self._used()
        gone = [token for token in self.tariffs if token not in used]
        for token in gone:
            del self.tariffs[token]
        if gone:
            self._save(effects)

    def _used(self) -> set[str]:
        station = self._station
        tokens = [*station.entrance.awaited]
        for evse in station.evses.values():
            charge, grant = evse.session.charge, evse.session.grant
            tokens += [one.token for one in (charge, grant) if one is not None and one.token]
        used = {token.key for token in tokens}
        return used | station.entrance.known.keys() if station.variable(CACHE) else used

    def _save(self, effects: Effects) -> None:
        while len(text := self._text()) > TEXT_CHARS_MAX:
            del self.tariffs[next(iter(self.tariffs))]
        effects.changes.append(SaveMeta(KEY, text))

    def _text(self) -> str:
        rows = {token: one.to_json() if one else None for token, one in self.tariffs.items()}
        return json.dumps(rows, separators=(",", ":"), ensure_ascii=False)


def loaded(text: str | None) -> dict[str, Any]:
    """The JSON object of a row; nothing for what is none."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
