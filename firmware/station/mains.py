"""Mains: its meter at work: what the house leaves each EVSE, and what is left over of the sun.

Fed by whoever reads the meter; a source of the limit ledger where a fuse is watched. Pure.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any

from ampkeeper.firmware.energy.mains import Fitting, Flow, Mains
from ampkeeper.firmware.energy.overload import FuseRules, Overload, Room
from ampkeeper.firmware.energy.own import NOTHING, Draw, Own, on_mains, together
from ampkeeper.firmware.energy.parts import Parts
from ampkeeper.firmware.energy.steps import Steps
from ampkeeper.firmware.energy.surplus import Smooth, SunRules
from ampkeeper.firmware.limits.ledger import Entry, Stale
from ampkeeper.firmware.session import table
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.ring_one import and_needs, least_a

if TYPE_CHECKING:
    from ampkeeper.firmware.station.evse import Evse
    from ampkeeper.firmware.station.station import Station


@dataclass(frozen=True, slots=True)
class MainsRules:
    """What was connected, and what is protected; ``fuse`` None: nothing."""

    is_there: bool = False
    fitting: Fitting = field(default_factory=Fitting)
    fuse: FuseRules | None = None


class MainsGuard:
    """The meter's values and what follows from them."""

    def __init__(self, station: "Station", rules: MainsRules, sun: SunRules) -> None:
        self.rules = rules
        self.mains = Mains()
        self.steps = Steps()
        self._station = station
        self._own = Own()
        self._overload = Overload(rules.fuse) if rules.fuse is not None else None
        self._smooth = Smooth(sun.smoothing_s, sun.hold_s)
        self._parts = Parts()
        self._room: Room | None = None
        self._shares: dict[int, float] = {}

    # events

    def on_flow(self, flow: Flow, now: datetime, now_s: float) -> Effects:
        """The meter was read."""
        effects = Effects()
        self._note_own()
        self.mains.see(flow)
        draw = self._own.at(flow.taken_s)
        if self.steps.see(flow, draw):
            kind = "mains_wrong" if self.steps.wrong else "mains_right"
            effects.notice(kind, reason=self.steps.wrong)
        if not self.steps.wrong:
            self._believe(flow, draw)
        self.follow(now_s)
        return self._station.settle(now, now_s, effects)

    def on_refused(self, reason: str, now: datetime, now_s: float) -> Effects:
        """The meter said what cannot be."""
        self.mains.refuse(reason, now_s)
        return Effects()

    def follow(self, now_s: float) -> None:
        """Time passed, or something happened: what is left, and whose it is."""
        self._note_own()
        if self._overload is None:
            return
        wrong, overload = self._wrong(now_s), self._overload
        self._room = overload.blind(now_s, wrong) if wrong else overload.room(now_s)
        wanting = in_order(self._station.evses.values())
        total_a = min((self._left_a(evse) for evse in wanting), default=self._room.least_a)
        self._shares = self._parts.share(
            total_a, {one.evse_id: least_a(one) for one in wanting}, now_s
        )

    # what others ask

    def limits(self, evse: "Evse", now: datetime, now_s: float) -> Iterator[Entry]:
        """What the fuse at the mains leaves this EVSE."""
        room = self._room
        if room is None:
            return
        phase_a = self._phases_a(evse)
        part_a = self._shares.get(evse.evse_id)
        if part_a is None:  # it would be one more
            part_a = min(phase_a) / (len(self._shares) + 1)
            part_a = part_a if part_a >= least_a(evse) else 0.0
        current_a = min(part_a, evse.rules.current_a_max)
        detail = room.detail if not room.is_blind else f"{current_a:g} A until it is back"
        yield Entry(
            "mains",
            current_a,
            evse.rules.phases,
            room.reason,
            now,
            detail=and_needs(evse, detail, current_a),
            phase_a=phase_a,
            is_stale=room.is_blind,
            heard_s=self.mains.newest.taken_s if self.mains.newest is not None else None,
            stale=None if room.is_blind else self._stale(evse),
        )

    def surplus_w(self, now_s: float) -> float | None:
        """What is left of the sun for all EVSEs together, what they draw included."""
        return None if self.steps.wrong else self._smooth.power_w(now_s)

    def view(self, now_s: float) -> dict[str, Any] | None:
        """The meter as people see it; None: there is none."""
        if not self.rules.is_there:
            return None
        quality, words = self.mains.quality(now_s)
        newest = self.mains.newest
        return {
            "quality": "wrong" if self.steps.wrong else quality,
            "text": self.steps.wrong or words,
            "current_a": list(newest.current_a) if newest is not None else None,
            "power_w": newest.total_w if newest is not None else None,
            "age_s": round(self.mains.age_s(now_s), 1) if newest is not None else None,
            "surplus_w": self.surplus_w(now_s),
        }

    # helpers

    def _believe(self, flow: Flow, draw: Draw | None) -> None:
        if self._overload is not None:
            self._overload.see(flow, draw)
        if flow.total_w is not None:
            own_w = draw.power_w if draw is not None else 0.0  # not known: the house's
            self._smooth.see(flow.taken_s, own_w - flow.total_w)

    def _wrong(self, now_s: float) -> str:
        """Why the meter protects no fuse though it answers; "": it does, or is silent."""
        flow = self.mains.flow(now_s)
        if flow is not None and None in flow.current_a:
            return "the mains meter tells no current of each phase"
        return self.steps.wrong

    def _note_own(self) -> None:
        """What all EVSEs drew when they were read last; not known while one of them is silent."""
        draws, taken_s = [], []
        for evse in self._station.evses.values():
            reading = evse.register.latest()
            if reading is None or not evse.register.is_fresh:
                if evse.session.table.is_running:
                    return
                draws.append(Draw(NOTHING, 0.0))
                continue
            current_a = on_mains(reading.current_a, self.rules.fitting.rotation)
            power_w = reading.power_w
            if power_w is None:
                power_w = sum(current_a) * self.rules.fitting.voltage_v
            draws.append(Draw(current_a, power_w))
            taken_s.append(reading.taken_s)
        if taken_s and max(taken_s) > self._own.newest_s:
            self._own.see(max(taken_s), together(draws))

    def _phases_a(self, evse: "Evse") -> tuple[float, ...]:
        """What is left on the EVSE's own L1 to L3."""
        assert self._room is not None, "asked where a fuse is watched only"
        rotation = self.rules.fitting.rotation
        return tuple(self._room.current_a[rotation[phase]] for phase in range(evse.rules.phases))

    def _stale(self, evse: "Evse") -> Stale:
        """What a silence brings, as others are told before it comes."""
        fuse = self.rules.fuse
        assert fuse is not None, "asked where a fuse is watched only"
        part_a = fuse.stale_a / max(1, len(self._shares))
        return Stale(fuse.hold_s, part_a if part_a >= least_a(evse) else 0.0)

    def _left_a(self, evse: "Evse") -> float:
        return min(self._phases_a(evse))


def in_order(evses: Iterable["Evse"]) -> list["Evse"]:
    """The EVSEs that want to charge, first come first."""
    wanting = [
        one
        for one in evses
        if one.session.table.is_running and one.session.table.state != table.STOPPING
    ]
    return sorted(wanting, key=lambda one: (one.since.began_s or 0.0, one.evse_id))
