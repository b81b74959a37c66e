"""Who may charge where: cards, remote starts, and the words of the central system.

Chooses the EVSE a card belongs to, asks the authorisation rules, and waits for the central
system's verdict within ``VERDICT_S``. The same card (or one of its group) stops what it started.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ampkeeper.firmware.authorise.decide import (
    ACCEPTED,
    Decision,
    Known,
    Rules,
    Ruling,
    decide,
)
from ampkeeper.firmware.charging_profile import Profile
from ampkeeper.firmware.facts import ConnectorState, IdToken, StopReason, Trigger
from ampkeeper.firmware.session import table
from ampkeeper.firmware.session.session import Grant, Phase, Stop
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.meant import rank
from ampkeeper.firmware.station.retained import free
from ampkeeper.firmware.station.rules import VERDICT_S
from ampkeeper.firmware.station.users import Users
from ampkeeper.firmware.station.waiting import RefusedCard
from ampkeeper.firmware.store.changes import ClearVerdicts, SaveVerdict

if TYPE_CHECKING:
    from ampkeeper.firmware.station.evse import Evse
    from ampkeeper.firmware.station.station import Station

ASKS_NOBODY = "AuthCtrlr.DisableRemoteAuthorization"
ASKS_MAX = 8  # tokens waiting for the central system at once; a further one is refused
CENTRAL = "Central"  # kind of a token that a central system made up for one start
UNREMEMBERED = ("NoAuthorization", CENTRAL)  # kinds of nobody in particular
TOO_LATE = Stop(StopReason.TIMEOUT, Trigger.EV_CONNECT_TIMEOUT)  # E03.FR.05, E10.FR.02
READER = "TokenReader.Available"
KNOWN_MAX = 1_000  # the cache; the oldest goes first, as in the store


@dataclass(frozen=True, slots=True)
class Remote:
    """What came with a remote start beside EVSE and token."""

    start_id: int | None = None
    profile: Profile | None = None
    group_id: str | None = None  # that the central system says the token is of


@dataclass(frozen=True, slots=True)
class Ask:
    """A token that waits for the central system's word; ``evse_id`` None: it wants to stop."""

    token: IdToken
    evse_id: int | None
    trigger: Trigger
    remote: Remote
    deadline_s: float


LOCAL = Remote()


class Entrance:
    """The station's doorman."""

    def __init__(self, station: "Station") -> None:
        self.station = station
        self.users = Users(station)
        self.is_online = False
        self.known: dict[str, Known] = {}
        self.refused: RefusedCard | None = None  # the last, until one is accepted
        self._asks: list[Ask] = []
        self._preparing: dict[int, float] = {}  # EVSE -> since when its car waits for a card

    def on_tag(
        self, token: IdToken, evse_id: int | None, now: datetime, now_s: float, effects: Effects
    ) -> None:
        """A card was held to a reader: it stops, withdraws or starts, there or anywhere."""
        effects.notice("tag", token=token.masked)
        if self.users.hears(token, now_s, effects):
            return
        if free(self.station.evses.values(), token, self._group_of(token), effects):
            return
        if self._stops(token, None, now, now_s, effects):
            return
        evse = self._waiting_with(token)
        if evse is not None:
            evse.session.revoke()
            effects.notice("authorisation_withdrawn", evse_id=evse.evse_id)
            return
        target = self.free_evse(token) if evse_id is None else self.station.evses[evse_id]
        self._rule(token, target, Trigger.AUTHORIZED, LOCAL, now, now_s, effects)

    def on_remote_start(
        self,
        evse_id: int,
        token: IdToken,
        remote: Remote,
        must_authorise: bool,
        now: datetime,
        now_s: float,
        effects: Effects,
    ) -> None:
        """The central system asked for a session; ``must_authorise``: the token is checked too."""
        evse = self.station.evses[evse_id]
        if must_authorise:
            self._rule(token, evse, Trigger.REMOTE_START, remote, now, now_s, effects)
            return
        ask = Ask(token, evse_id, Trigger.REMOTE_START, remote, now_s)
        self._accept(ask, Known(ACCEPTED, remote.group_id), now, now_s, effects)

    def on_verdict(
        self, token: IdToken, known: Known | None, now: datetime, now_s: float, effects: Effects
    ) -> None:
        """The central system's word on a token; None: it gave none, the offline rules decide."""
        if known is not None:
            self.remember(token, known, now, effects)
        asks = [ask for ask in self._asks if ask.token == token]
        self._asks = [ask for ask in self._asks if ask.token != token]
        if known is not None and free(self.station.evses.values(), token, known.group_id, effects):
            return
        for ask in asks:
            self._conclude(ask, known, now, now_s, effects)

    def remember(self, token: IdToken, known: Known, now: datetime, effects: Effects) -> None:
        """Keep a verdict in the cache, if it is of somebody who is not on the list.

        2.0.1 C02.FR.03, C03.FR.02 and C05.FR.02 say of whom it is not.
        """
        key = token.key
        is_nobody = token.kind in UNREMEMBERED
        if is_nobody or self.station.listed.compare(token, known, now, effects):
            return
        known = self._lasting(known, now)
        self.known.pop(key, None)
        while len(self.known) >= KNOWN_MAX:
            del self.known[next(iter(self.known))]
        self.known[key] = known
        effects.changes.append(
            SaveVerdict(key, known.status, known.group_id, known.expires, now, known.evse_ids)
        )

    def _lasting(self, known: Known, now: datetime) -> Known:
        """With an end if nothing was said of one and the cache forgets (2.0.1 C10.FR.08)."""
        life_s = int(self.station.variable("AuthCacheCtrlr.LifeTime"))
        if known.expires is not None or life_s == 0:
            return known
        return replace(known, expires=now + timedelta(seconds=life_s))

    @property
    def awaited(self) -> tuple[IdToken, ...]:
        """The tokens that wait for the central system's word."""
        return tuple(ask.token for ask in self._asks)

    def is_asked_for(self, evse_id: int) -> bool:
        """True while somebody who would charge at an EVSE waits for the central system."""
        return any(ask.evse_id == evse_id for ask in self._asks)

    def free_evse(self, token: IdToken) -> "Evse | None":
        """The EVSE that a token means; none for which another one waits for its verdict."""
        asked_for = {ask.evse_id for ask in self._asks if ask.token != token}
        free = [
            evse
            for evse in self.station.evses.values()
            if self.station.can_start(evse.evse_id) and evse.evse_id not in asked_for
        ]
        kept = self.station.reservations
        open_to_it = [
            evse
            for evse in free
            if kept.allows(evse.evse_id, token, None) or kept.depends_on_group(evse.evse_id, token)
        ]
        return min(open_to_it, key=lambda evse: rank(evse, token, kept), default=None)

    def forget_all(self, effects: Effects) -> None:
        """Clear the cache."""
        self.known.clear()
        effects.changes.append(ClearVerdicts())

    def tick(self, now: datetime, now_s: float, effects: Effects) -> None:
        """Let waiting tokens, unused acceptances and budgets run out."""
        self.users.tick(now, now_s, effects)
        for ask in [ask for ask in self._asks if now_s >= ask.deadline_s]:
            self._asks.remove(ask)
            self._conclude(ask, None, now, now_s, effects)
        wait_s = float(self.station.variable("TxCtrlr.EVConnectionTimeOut"))
        for evse in self.station.evses.values():
            grant = evse.session.grant
            is_unused = evse.session.table.state in (table.AUTHORISED, table.DETACHED)
            if (
                is_unused
                and wait_s > 0
                and grant is not None
                and now_s >= grant.accepted_s + wait_s
            ):
                if not evse.stop(TOO_LATE, now, now_s, effects):
                    evse.session.revoke()
                effects.notice("connection_timeout", evse_id=evse.evse_id)
            self._lapse(evse, wait_s, now_s, effects)

    # helpers

    def _lapse(self, evse: "Evse", wait_s: float, now_s: float, effects: Effects) -> None:
        """A car that nobody shows a card for is no longer who the next card means.

        OCPP 1.6 errata 3.20. Without a reader no card can come, and whoever starts names the EVSE.
        """
        is_waiting = evse.session.table.state == table.PLUGGED
        if not is_waiting or evse.state is not ConnectorState.PREPARING:
            self._preparing.pop(evse.evse_id, None)
            return
        since_s = self._preparing.setdefault(evse.evse_id, now_s)
        has_cards = self.station.variable(READER) and not self.station.rules.is_free
        is_over = wait_s > 0 and now_s >= since_s + wait_s
        is_asked_for = self.is_asked_for(evse.evse_id)
        if has_cards and is_over and not is_asked_for and evse.session.lapse():
            evse.last_token = None
            effects.notice("card_timeout", evse_id=evse.evse_id)

    def _group_of(self, token: IdToken) -> str | None:
        """As far as it is known without asking."""
        known = self.station.listed.known(token) or self.known.get(token.key)
        return known.group_id if known is not None else None

    def _rule(
        self,
        token: IdToken,
        evse: "Evse | None",
        trigger: Trigger,
        remote: Remote,
        now: datetime,
        now_s: float,
        effects: Effects,
    ) -> None:
        ruling = self._decide(token, now, self.is_online)
        evse_id = evse.evse_id if evse is not None else None
        ask = Ask(token, evse_id, trigger, remote, now_s + VERDICT_S)
        if evse is None and not self.station.is_busy:
            self._refuse(token, None, "no connector is free", now, now_s, effects)
        elif ruling.decision is Decision.ACCEPT and not self._lacks_group(ask, ruling):
            known = Known(ACCEPTED, ruling.group_id, evse_ids=ruling.evse_ids)
            self._accept(ask, known, now, now_s, effects)
        elif ruling.decision is not Decision.REFUSE and len(self._asks) < ASKS_MAX:
            self._asks.append(ask)
            effects.asks.append(token)
        else:
            is_crowded = ruling.decision is Decision.ASK
            why = "too many cards wait for the central system" if is_crowded else ruling.why
            self._refuse(token, evse_id, why, now, now_s, effects)

    def _conclude(
        self, ask: Ask, known: Known | None, now: datetime, now_s: float, effects: Effects
    ) -> None:
        if known is None:
            ruling = self._decide(ask.token, now, is_online=False)
            is_accepted = ruling.decision is Decision.ACCEPT
            known = Known(ACCEPTED, ruling.group_id, evse_ids=ruling.evse_ids)
            why = ruling.why
        else:
            is_accepted, why = known.status == ACCEPTED, known.status
        if is_accepted:
            self._accept(ask, known, now, now_s, effects)
        else:
            self._refuse(ask.token, ask.evse_id, why, now, now_s, effects)

    def _accept(
        self, ask: Ask, known: Known, now: datetime, now_s: float, effects: Effects
    ) -> None:
        group_id = known.group_id
        if self._is_master(group_id):
            self._stop_all(ask, now, now_s, effects)
            return
        if ask.evse_id is None:
            if group_id is None or not self._stops(ask.token, group_id, now, now_s, effects):
                self._refuse(ask.token, None, "no connector is free", now, now_s, effects)
            return
        if known.evse_ids and ask.evse_id not in known.evse_ids:
            why = f"allowed at EVSE {', '.join(map(str, known.evse_ids))} only"  # C01.FR.21
            self._refuse(ask.token, ask.evse_id, why, now, now_s, effects)
            return
        own = self.users.ruling(ask.token, now)
        if own is not None and own.decision is Decision.REFUSE:
            self._refuse(ask.token, ask.evse_id, own.why, now, now_s, effects)
            return
        kept, remote = self.station.reservations, ask.remote
        if not kept.allows(ask.evse_id, ask.token, group_id):
            why = "the connector is reserved for somebody else"
            self._refuse(ask.token, ask.evse_id, why, now, now_s, effects)
            return
        held = kept.holder(ask.evse_id, ask.token, group_id)
        grant = Grant(
            ask.token,
            ask.trigger,
            now_s,
            group_id,
            remote.start_id,
            remote.profile,
            held.id if held is not None else None,
        )
        evse = self.station.evses[ask.evse_id]
        if self.station.can_start(ask.evse_id) and evse.accept(grant, now, effects):
            self.refused = None
            effects.notice("tag_accepted", evse_id=ask.evse_id, token=ask.token.masked)
        else:
            why = "the connector is not free"
            self._refuse(ask.token, ask.evse_id, why, now, now_s, effects)

    def _refuse(
        self,
        token: IdToken,
        evse_id: int | None,
        why: str,
        now: datetime,
        now_s: float,
        effects: Effects,
    ) -> None:
        self.refused = RefusedCard(now, now_s, token.masked, evse_id, why)
        effects.notice("tag_refused", token=token.masked, why=why)

    def _decide(self, token: IdToken, now: datetime, is_online: bool) -> Ruling:
        own = None if self.station.rules.is_free else self.users.ruling(token, now)
        if own is not None:
            return own
        variable = self.station.variable
        rules = Rules(
            is_free=self.station.rules.is_free,
            local_tags=self.station.rules.local_tags,
            cache_enabled=bool(variable("AuthCacheCtrlr.Enabled")),
            pre_authorise=bool(variable("AuthCtrlr.LocalPreAuthorize")),
            authorise_offline=bool(variable("AuthCtrlr.LocalAuthorizeOffline")),
            unknown_offline=bool(variable("AuthCtrlr.OfflineTxForUnknownIdEnabled")),
            list_is_final=bool(variable("LocalAuthListCtrlr.DisablePostAuthorize")),
            cache_is_final=bool(variable("AuthCacheCtrlr.DisablePostAuthorize")),
            asks_nobody=bool(variable(ASKS_NOBODY)),
        )
        listed = self.station.listed.known(token)
        cached = self.known.get(token.key)
        return decide(token.value, rules, listed, cached, is_online, now)

    def _lacks_group(self, ask: Ask, ruling: Ruling) -> bool:
        """True if the central system must say of which group the token is (1.6 5.13)."""
        if ask.evse_id is None or ruling.group_id is not None or not self.is_online:
            return False
        if self.station.variable(ASKS_NOBODY):
            return False
        return self.station.reservations.depends_on_group(ask.evse_id, ask.token)

    def _is_master(self, group_id: str | None) -> bool:
        """True for a master pass: it stops, and never starts (2.0.1 C16)."""
        master = str(self.station.variable("AuthCtrlr.MasterPassGroupId"))
        return bool(master) and group_id is not None and group_id.upper() == master.upper()

    def _stop_all(self, ask: Ask, now: datetime, now_s: float, effects: Effects) -> None:
        """C16.FR.02; one that comes with a remote start is only refused (C16.FR.03)."""
        effects.notice("master_pass", token=ask.token.masked)
        if ask.trigger is Trigger.REMOTE_START:
            return
        stop = Stop(StopReason.MASTER_PASS, Trigger.STOP_AUTHORIZED, ask.token, ends=False)
        for evse in self.station.evses.values():
            evse.stop(stop, now, now_s, effects)

    def _stops(
        self,
        token: IdToken,
        group_id: str | None,
        now: datetime,
        now_s: float,
        effects: Effects,
    ) -> bool:
        """Stop the transaction that this token, or its group, started."""
        if not self.station.rules.same_card_stops:
            return False
        stop = Stop(StopReason.LOCAL, Trigger.STOP_AUTHORIZED, token, ends=False)
        for evse in self.station.evses.values():
            running = evse.session.charge
            if running is None or running.token is None or running.phase is Phase.OVER:
                continue
            is_same = running.token.is_same(token)
            is_group = group_id is not None and running.group_id == group_id
            if is_same or is_group:
                evse.stop(stop, now, now_s, effects)
                effects.notice("tag_stops", evse_id=evse.evse_id, token=token.masked)
                return True
        return False

    def _waiting_with(self, token: IdToken) -> "Evse | None":
        for evse in self.station.evses.values():
            grant = evse.session.grant
            if grant is None or grant.token is None:
                continue
            if grant.token.is_same(token):
                return evse
        return None
