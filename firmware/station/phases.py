"""Phases: on how many each car charges: chosen, carried out by ring 1, measured, and told.

The desk reads the ledgers of the last event and what ring 1 reports, and answers as one more
source. It commands nothing: ring 1 takes the phases from the permit and decides when its relay
may move. Where the relay does not follow, or more phases carry current than it gives, what it
gives is taken as it is, a limit in W counts on all phases, and a limit to one phase pauses. Pure.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from ampkeeper.firmware.faults import PHASES_STUCK
from ampkeeper.firmware.limits import phase_sequence as seq
from ampkeeper.firmware.limits.ledger import CURRENT_A_MAX, Entry
from ampkeeper.firmware.limits.phase_choice import (
    ONE,
    THREE,
    Car,
    Choice,
    ChoiceRules,
    Offer,
    PhaseChoice,
)
from ampkeeper.firmware.limits.phase_sequence import PhaseSequence
from ampkeeper.firmware.metering.used_phases import UsedPhases
from ampkeeper.firmware.safety import contactor, sequence
from ampkeeper.firmware.safety.profile import Profile
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.evse import Evse
from ampkeeper.firmware.station.ring_one import is_open, least_a, profile_of
from ampkeeper.hal.ports import PilotStatus

SOURCE = "phases"
WRONG_READINGS = 2  # with more phases than the relay gives; one alone may be garbled
FOLLOWED_S = 10.0  # a car that takes other phases ill draws for a moment, and sleeps
OFFERING = (sequence.OFFERED, sequence.CHARGING)


class PhaseDesk:
    """The phases of all EVSEs."""

    def __init__(
        self,
        evses: Iterable[Evse],
        rules: ChoiceRules | None = None,
        one_phase_a_max: float = CURRENT_A_MAX,
    ) -> None:
        self._one_phase_a_max = one_phase_a_max
        self.outlets = {evse.evse_id: OutletPhases(evse, rules) for evse in evses}

    def limits(self, evse: Evse, now: datetime, now_s: float) -> Iterator[Entry]:
        """On how many phases this car charges, where that can be chosen."""
        outlet = self.outlets[evse.evse_id]
        if not evse.rules.can_switch:
            return
        choice = outlet.choice.choice
        current_a = self._one_phase_a_max if choice.phases == ONE else CURRENT_A_MAX
        reason, words = choice.reason, outlet.sequence.words or choice.waits
        if outlet.must_wait:
            current_a, reason = 0.0, f"one phase is allowed; {outlet.why_not}"
        yield Entry(SOURCE, current_a, choice.phases, reason, now, detail=words)

    def follow(self, now: datetime, now_s: float, effects: Effects) -> bool:
        """Take up what is new; True if the ledgers have to be asked again."""
        changed = [outlet.follow(now, now_s, effects) for outlet in self.outlets.values()]
        return any(changed)


class OutletPhases:
    """The phases of one EVSE."""

    def __init__(self, evse: Evse, rules: ChoiceRules | None) -> None:
        self.choice = PhaseChoice(rules)
        self.sequence = PhaseSequence()
        self.used = UsedPhases(evse.rules.phases)
        self.must_wait = False
        self.why_not = ""
        self._evse = evse
        self._was_charged = False  # this car
        self._is_first = True
        self._now_s: float | None = None
        self._read_s: float | None = None
        self._drawn_s = 0.0  # without a break
        self._asked_from = THREE  # what the relay gave when other phases were asked for
        self._wrong_count = 0  # readings in which more phases carried current than the relay gives

    def follow(self, now: datetime, now_s: float, effects: Effects) -> bool:
        """Take up what ring 1, the meter and the ledger say."""
        evse, status = self._evse, self._evse.status
        elapsed_s = 0.0 if self._now_s is None else now_s - self._now_s
        self._now_s = now_s
        if status is None or evse.rules.phases == ONE:
            return False
        before = self._shown()
        self._note_car(status, now, effects)
        self._note_meter(status)
        if evse.rules.can_switch:
            self._note_change(status, elapsed_s, now, effects)
            self._choose(status, now_s, effects)
        evse.phases_counted = self._counted(status)
        return before != self._shown()

    def _shown(self) -> tuple[int, Choice, str, bool]:
        return self._evse.phases_counted, self.choice.choice, self.sequence.words, self.must_wait

    def _note_car(self, status: PilotStatus, now: datetime, effects: Effects) -> None:
        evse = self._evse
        if not evse.is_plugged:
            self._was_charged = False
            self.used.forget()
            self._wrong_count = 0
            if self.sequence.feed(seq.GONE):
                evse.drop_fault(PHASES_STUCK, now, effects)
        elif self._is_first and evse.transaction is not None and evse.since.began_s is None:
            self._was_charged = True  # it was charging when the power went
        self._is_first = False
        self._was_charged |= evse.is_plugged and _is_energised(status)

    def _note_meter(self, status: PilotStatus) -> None:
        reading = self._evse.register.latest()
        if reading is None or reading.taken_s == self._read_s:
            return
        self._read_s = reading.taken_s
        self.used.feed(reading.current_a, status.phases, reading.taken_s)
        if self.used.now > status.phases and status.contactor == contactor.CLOSED:
            self._wrong_count += 1
        elif self.used.now:
            self._wrong_count = 0

    def _note_change(
        self, status: PilotStatus, elapsed_s: float, now: datetime, effects: Effects
    ) -> None:
        """Feed the table with what happened since the last event."""
        evse, before = self._evse, self.sequence.state
        self.sequence.tick(elapsed_s, evse.permit().current_a > 0)
        wanted = self.choice.choice.phases
        if self._wrong_count >= WRONG_READINGS:
            self.sequence.feed(seq.WRONG)
        if wanted != status.phases:
            self._note_asked(status)
        else:
            moved = status.phases != self._asked_from
            self.sequence.feed(seq.MOVED if moved else seq.TAKEN_BACK)
            if status.sequence in OFFERING:
                self.sequence.feed(seq.OFFER)
            self._drawn_s = self._drawn_s + elapsed_s if _is_energised(status) else 0.0
            if self._drawn_s >= FOLLOWED_S:
                self.sequence.feed(seq.DRAW)
        if self.sequence.state == before:
            return
        effects.notice(
            "phase_switch", evse_id=evse.evse_id, state=seq.STATES[self.sequence.state].lower()
        )
        if self.sequence.state == seq.FAILED:
            self.choice.keep(status.phases, self.sequence.words)
            evse.raise_fault(PHASES_STUCK, now, effects)

    def _note_asked(self, status: PilotStatus) -> None:
        if not self._was_charged or not self._may_switch():
            return
        if self.sequence.state in (seq.STEADY, seq.RESTING, seq.RESUMING, seq.ASLEEP):
            self._asked_from = status.phases
            self.sequence.feed(seq.ASK)
        if is_open(status):
            self.sequence.feed(seq.OPEN)

    def _choose(self, status: PilotStatus, now_s: float, effects: Effects) -> None:
        evse = self._evse
        offer = self._offer()
        is_above = self._carries(status) > offer.phases_max and self._was_charged
        has_failed = self.sequence.state == seq.FAILED
        self.must_wait = is_above and (has_failed or not self._may_switch())
        if has_failed:
            self.why_not = self.sequence.words
            return
        self.why_not = "this car must not be switched while it is plugged in"
        car = Car(
            is_plugged=evse.is_plugged,
            was_charged=self._was_charged,
            may_switch=self._may_switch(),
            has_followed=self.sequence.is_free,
            uses=self.used.count,
            given=status.phases,
            is_at_rest=is_open(status) and self._may_switch(),
        )
        before = self.choice.choice.phases
        choice = self.choice.decide(offer, car, now_s)
        if choice.phases != before:
            fields = {"phases": choice.phases, "reason": choice.reason}
            effects.notice("phases_chosen", evse_id=evse.evse_id, **fields)

    def _offer(self) -> Offer:
        """What the ledger allows, but for our own entry."""
        rules = self._evse.rules
        others = [each for each in self._evse.ledger.entries() if each.source != SOURCE]
        powers_w = [each.power_w for each in others if each.power_w is not None]
        phases_max = min((each.phases for each in others), default=rules.phases)
        power_w = min(powers_w, default=None)
        return Offer(
            power_w, ONE if phases_max < THREE else THREE, rules.voltage_v, least_a(self._evse)
        )

    def _profile(self) -> Profile:
        return profile_of(self._evse.rules, self._evse.transaction)

    def _may_switch(self) -> bool:
        return bool(self._profile().may_switch_phases)

    def _carries(self, status: PilotStatus) -> int:
        """On how many phases current can flow, as far as is known."""
        return max(status.phases, self.used.now)

    def _counted(self, status: PilotStatus) -> int:
        """On how many phases a limit in W is to be shared; more where it is not known."""
        if not self._evse.rules.can_switch:
            return self.used.count
        if self.sequence.state == seq.FAILED:
            return self._evse.rules.phases
        if self.choice.choice.phases == ONE:
            return max(ONE, self.used.now) if status.phases == ONE else ONE
        return self.used.count


def _is_energised(status: PilotStatus) -> bool:
    return status.sequence == sequence.CHARGING and status.contactor == contactor.CLOSED
