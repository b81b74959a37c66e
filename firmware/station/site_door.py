"""Site door: this charger's part in its site: what its EVSEs wish, and what they may take.

A source of limits like the others. It follows the station's events for its time, and the bus for
what others say; both are told to the party, and what that answers is published. Without a broker,
or without a key that can be read, it is alone, at its safe share.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from ampkeeper.firmware.limits.ledger import Entry, Stale
from ampkeeper.firmware.session import table
from ampkeeper.firmware.site.circuits import PerPhase
from ampkeeper.firmware.site.loads import Offers, measured_on
from ampkeeper.firmware.site.member import ALONE, FOLLOWING, LEADING, STALE
from ampkeeper.firmware.site.messages import GRANT_S
from ampkeeper.firmware.site.party import BEAT, TO, Party
from ampkeeper.firmware.site.place import Measured, Wish
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.ring_one import least_a
from ampkeeper.hal.ports import Bus, BusMessage

if TYPE_CHECKING:
    from ampkeeper.firmware.station.desk import Event
    from ampkeeper.firmware.station.evse import Evse
    from ampkeeper.firmware.station.station import Station

SOURCE = "site"
WORDS = {
    ALONE: "no broker",
    STALE: "nobody leads",
    FOLLOWING: "by {leader}",
    LEADING: "which this charger leads",
}
SAFE, NO_SAFE = ", so its safe share", ", and it has no safe share"
NOT_YET = ", and its safe share is not free yet"  # whoever led may count on what it had before
NO_GRANT = ", and nothing is granted yet"
NO_ROOM, NO_WISH = ", and waits for room or its turn", ", and nobody charges here"
WANTING = (table.STARTING, table.EVSE_WAITS, table.CHARGING)
READ_S_MAX = 3.0  # how old a mains reading may be that others are told

MetersFunction = Callable[[float], Mapping[str, Measured]]
"""Takes the monotonic time; what the mains meter of this charger showed last, by circuit."""


def no_meters(now_s: float) -> Mapping[str, Measured]:
    """This charger measures no circuit."""
    return {}


class SiteDoor:
    """``limits``, ``follow`` and ``hear`` of the site; ``party`` decides."""

    def __init__(
        self,
        name: str,
        party: Party,
        station: "Station",
        post: Callable[["Event"], bool],
        now_s: Callable[[], float],
    ) -> None:
        self.name = name
        self.party = party
        self.problem = ""  # why there are no messages, besides the bus
        self.meters: MetersFunction = no_meters
        self._station = station
        self._post = post
        self._now_s = now_s
        self._bus: Bus | None = None
        self._topic = ""
        self._offers: dict[int, Offers] = {}  # by EVSE
        self._told: dict[int, float] = {}  # what each EVSE might take when it was last looked at

    def join(self, bus: Bus, prefix: str) -> None:
        """Speak and hear over a bus from now on."""
        self._bus, self._topic = bus, f"{prefix}/site/{self.name}/"
        bus.watch(self._on_bus)
        bus.subscribe(f"{self._topic}{BEAT}/+", self.hear)
        bus.subscribe(f"{self._topic}{TO}/{self.party.place.own}/+", self.hear)

    # what limits

    def limits(self, evse: "Evse", now: datetime, now_s: float) -> Iterator[Entry]:
        """Its share, and what it falls to when whoever leads is silent."""
        member = self.party.members.get(evse.evse_id)
        if member is None:
            return
        share_a = self.share_a(evse, now_s)
        good_until_s, safe_a = member.good_until_s, member.seat.safe_a
        has_grant = now_s < good_until_s
        is_later = not has_grant and share_a < safe_a and now_s < member.safe_from_s
        words = WORDS[self.party.state].format(leader=self.party.followed)
        why_so = self._without(safe_a, is_later)
        if has_grant:
            is_wanted = evse.session.table.state in WANTING
            why_so = "" if share_a > 0.0 else NO_ROOM if is_wanted else NO_WISH
        later = timedelta(seconds=member.safe_from_s - now_s)
        yield Entry(
            SOURCE,
            share_a,
            evse.rules.phases,
            f"share of site {self.name}, {words}{why_so}",
            now,
            expires=now + later if is_later else None,
            fallback_a=safe_a if is_later else None,
            heard_s=good_until_s - GRANT_S,
            stale=Stale(GRANT_S, min(share_a, safe_a)) if has_grant else None,
        )

    def _without(self, safe_a: float, is_later: bool) -> str:
        """Why it has what it has, without a grant that is good."""
        if self.party.state == LEADING:
            return NO_GRANT
        if safe_a == 0.0:
            return NO_SAFE
        return NOT_YET if is_later else SAFE

    def share_a(self, evse: "Evse", now_s: float) -> float:
        """What the site leaves to the car at one of its members, A per phase that it loads."""
        return self.party.limit_a(evse.evse_id, set(self._phases(evse)), now_s)

    # what happens

    def follow(self, effects: Effects, now: datetime, now_s: float) -> None:
        """Something happened in the station; the site is told once a second, and what was lost."""
        if not self.party.is_due(now_s):
            return
        wishes = {
            evse_id: self._wish(self._station.evses[evse_id], now_s)
            for evse_id in self.party.members
            if evse_id in self._station.evses
        }
        for send in self.party.tick(wishes, self.meters(now_s), now_s):
            self._publish(send.topic, send.payload)
        self._settle_changed(now_s)

    def hear(self, message: BusMessage) -> None:
        """Somebody said something; what is retained was said to others."""
        if message.is_retained:
            return
        now_s = self._now_s()
        topic = message.topic.removeprefix(self._topic)
        for send in self.party.hear(topic, message.payload, now_s):
            self._publish(send.topic, send.payload)
        self._settle_changed(now_s)

    def _on_bus(self, is_up: bool) -> None:
        now_s = self._now_s()
        self.party.on_bus(is_up, now_s)
        self._settle_changed(now_s)

    def _publish(self, topic: str, payload: bytes) -> None:
        if self._bus is not None:
            self._bus.publish(self._topic + topic, payload)

    def own_a(self, evse_id: int, now_s: float) -> float | None:
        """The share of one of its EVSEs; None: it is described, and not there."""
        evse = self._station.evses.get(evse_id)
        return None if evse is None else self.share_a(evse, now_s)

    def _settle_changed(self, now_s: float) -> None:
        """Let the permits follow at once what changed."""
        evses = self._station.evses
        told = {
            evse_id: self.share_a(evses[evse_id], now_s)
            for evse_id in self.party.members
            if evse_id in evses
        }
        if told != self._told:
            self._told = told
            self._post(self._settled)

    def _settled(self, now: datetime, now_s: float) -> Effects:
        return self._station.settle(now, now_s, Effects())

    # what it wishes

    def _wish(self, evse: "Evse", now_s: float) -> Wish:
        """What it could use, were it not for the site; who is full keeps only the least.

        What is offered less in consequence of the share is no wish: it would lower the share anew.
        """
        usable_a = least_a(evse)
        could_a = evse.ledger.least_a(besides=SOURCE)
        state = evse.session.table.state
        if state == table.EV_WAITS:
            could_a = min(could_a, usable_a)
        elif state not in WANTING:
            could_a = 0.0
        measured_a = self._measured_a(evse, now_s)
        return Wish(self._phases(evse), could_a, usable_a, measured_a)

    def _measured_a(self, evse: "Evse", now_s: float) -> PerPhase:
        """What its meter shows; where that says nothing, what was offered of late may flow."""
        offers = self._offers.setdefault(evse.evse_id, Offers())
        offers.note(evse.permit().current_a, now_s)
        reading = evse.register.latest() if evse.register.is_fresh else None
        wired: tuple[float | None, ...] = (None,) * evse.rules.phases
        if reading is not None:
            wired = reading.current_a[: evse.rules.phases]
        seat = self.party.members[evse.evse_id].seat
        return measured_on(seat.phases, wired, offers.most_a(now_s))

    def _phases(self, evse: "Evse") -> tuple[int, ...]:
        """The phases of the site that the car here loads, or may, as long as that is not known.

        One that takes up further phases is offered nothing until there is room on those too.
        """
        seat = self.party.members[evse.evse_id].seat
        given = seat.phases[: max(1, evse.permit().phases)]
        loaded = self._station.limiting.phases.outlets[evse.evse_id].used.which
        return tuple(site for own, site in enumerate(given) if own in loaded) or given
