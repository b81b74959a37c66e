"""Till: sessions that are paid at a payment terminal, from the card to the claim.

Who shows a card there is let in once the terminal holds the money for him; the same card stops.
What becomes of the money is decided by ``billing/payments.py``, and in the books before anybody
asks the terminal for it. Pure; who asks is ``faces/terminal/task.py``.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime
from decimal import Decimal
from functools import partial
from typing import TYPE_CHECKING

from ampkeeper.firmware.billing import payments
from ampkeeper.firmware.billing.payments import ASKED_IN, NOTHING, OPEN, STATES
from ampkeeper.firmware.facts import IdToken, StopReason, Trigger
from ampkeeper.firmware.session.session import Grant, Phase, Stop
from ampkeeper.firmware.station.desk import Event
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.store.changes import SavePayment
from ampkeeper.firmware.terminal import CARD_CHARS_MAX

if TYPE_CHECKING:
    from ampkeeper.firmware.station.evse import Evse
    from ampkeeper.firmware.station.station import Station

KIND = "DirectPayment"  # of the token, as OCPP 2.1 calls it
OUT_OF_CREDIT = Stop(StopReason.OUT_OF_CREDIT, Trigger.COST_LIMIT)
OPEN_MAX = 100  # payments that the terminal has yet to end; a further card is refused
LOOK_S = 1.0  # between two looks at what a session has come to


@dataclass(frozen=True, slots=True)
class TillRules:
    """How much is held of each card, in the currency of the station's own prices."""

    hold: Decimal
    currency: str


class Till:
    """``grew`` hears that the terminal is to be asked for something that is written down."""

    def __init__(
        self,
        station: "Station",
        rules: TillRules,
        new_id: Callable[[], str],
        post: Callable[[Event], bool],
    ) -> None:
        self.open: dict[str, SavePayment] = {}  # by reference, oldest first
        self.grew: Callable[[], None] = _nobody
        self._station = station
        self._rules = rules
        self._new_id = new_id
        self._post = post
        self._next_look_s = 0.0
        self._missing: set[str] = set()  # payments of sessions that the books do not have

    def on_start(self, kept: Iterable[SavePayment], now: datetime, now_s: float) -> Effects:
        """Take up what the books hold; what the terminal was being asked goes back."""
        effects = Effects()
        self.open = {one.reference: one for one in kept}
        for one in list(self.open.values()):
            if state_of(one) == payments.ASKING:
                self._move(one, payments.UNSURE, now, effects)
        return self._station.settle(now, now_s, effects)

    def on_card(self, card: str, now: datetime, now_s: float) -> Effects:
        """Somebody shows a card at the terminal: it stops what it began, or it pays."""
        effects, token = Effects(), IdToken(card, KIND)
        why, evse = _why_no_card(card), None
        if not why:
            running = self._running(token)
            if running is not None:
                stop = Stop(StopReason.LOCAL, Trigger.STOP_AUTHORIZED, token, ends=False)
                running.stop(stop, now, now_s, effects)
                return self._station.settle(now, now_s, effects)
            why, evse = self._place(token)
        if evse is None:
            effects.notice("payment_refused", why=why)
            return effects
        asked = SavePayment(
            self._new_id(),
            STATES[payments.ASKING],
            is_open=True,
            evse_id=evse.evse_id,
            card=card,
            held=payments.coins(self._rules.hold, self._rules.currency),
            currency=self._rules.currency,
            asked_at=now,
            changed_at=now,
        )
        self._keep(asked, effects)
        return effects

    def on_answer(
        self, reference: str, event: int, why: str, now: datetime, now_s: float
    ) -> Effects:
        """What the terminal said to what it was asked for."""
        effects, payment = Effects(), self.open.get(reference)
        if payment is None:
            return effects
        moved = self._move(payment, event, now, effects, note=why)
        if event == payments.NEVER and moved is not None and moved.claimed is not None:
            effects.notice("payment_owed", tx_id=moved.tx_id, amount=moved.claimed, why=why)
        if moved is not None and event == payments.GRANTED:
            self._let_in(moved, now, now_s, effects)
        return self._station.settle(now, now_s, effects)

    def on_claim(
        self, reference: str, claim: payments.Claim, now: datetime, now_s: float
    ) -> Effects:
        """What the books say that a session which is over came to."""
        effects, payment = Effects(), self.open.get(reference)
        if payment is not None:
            amount = claim.amount or None
            self._move(payment, claim.event, now, effects, note=claim.why, claimed=amount)
        return effects

    def on_missing(self, reference: str, why: str, now: datetime, now_s: float) -> Effects:
        """Nobody can say what a session came to: what is held stays so, and somebody has to look.

        He is told once in each life of the station.
        """
        effects, payment = Effects(), self.open.get(reference)
        if payment is not None and reference not in self._missing:
            self._missing.add(reference)
            effects.notice("payment_owed", tx_id=payment.tx_id, amount=payment.held, why=why)
            if payment.note != why:
                self._keep(replace(payment, note=why), effects)
        return effects

    def is_lost(self, reference: str) -> bool:
        """True if the books cannot say what its session came to: a person has to."""
        payment = self.open.get(reference)
        is_open = payment is not None and state_of(payment) == payments.SETTLING
        return is_open and reference in self._missing

    def follow(self, effects: Effects, now: datetime, now_s: float) -> None:
        """See which sessions have begun, which are over, and which have used up what is held."""
        is_look = now_s >= self._next_look_s
        if is_look:
            self._next_look_s = now_s + LOOK_S
        for payment in [one for one in self.open.values() if state_of(one) == payments.HELD]:
            self._follow(payment, is_look, now, effects)

    def on_used_up(self, tx_id: str, now: datetime, now_s: float) -> Effects:
        """A session has come to what is held for it."""
        effects, evse = Effects(), self._station.evse_of_tx(tx_id)
        if evse is not None and evse.stop(OUT_OF_CREDIT, now, now_s, effects):
            effects.notice("payment_used_up", evse_id=evse.evse_id)
        return self._station.settle(now, now_s, effects)

    # helpers

    def _follow(self, payment: SavePayment, is_look: bool, now: datetime, effects: Effects) -> None:
        evse = self._station.evses.get(payment.evse_id)
        charge = None if evse is None else evse.session.charge
        if payment.tx_id is not None:
            if charge is None or charge.tx_id != payment.tx_id:
                self._move(payment, payments.OVER, now, effects)
            elif is_look and evse is not None and self._is_used_up(payment, charge.tx_id):
                effects.acts.append(partial(self._end, charge.tx_id))
            return
        if charge is not None and _is_of(charge.token, payment):
            self._keep(replace(payment, tx_id=charge.tx_id, changed_at=now), effects)
            return
        grant = None if evse is None else evse.session.grant
        if grant is None or not _is_of(grant.token, payment):
            self._move(payment, payments.UNUSED, now, effects)

    def _is_used_up(self, payment: SavePayment, tx_id: str) -> bool:
        account = self._station.tariffs.account(tx_id)
        if account is None:
            return False
        shown = account.statement(is_final=False).total.shown
        return payments.coins(shown, payment.currency) >= payment.held

    def _running(self, token: IdToken) -> "Evse | None":
        for evse in self._station.evses.values():
            charge = evse.session.charge
            if charge is None or charge.token is None or charge.phase is Phase.OVER:
                continue
            if charge.token.is_same(token):
                return evse
        return None

    def _place(self, token: IdToken) -> "tuple[str, Evse | None]":
        """Where this card may charge, or why nowhere."""
        if self._station.tariffs.own is None:
            return "there is no price", None
        if len(self.open) >= OPEN_MAX:
            return f"{OPEN_MAX} payments wait for the terminal", None
        busy = (payments.ASKING, payments.HELD)
        waiting = [one for one in self.open.values() if state_of(one) in busy]
        if any(_is_of(token, one) for one in waiting):
            return "this card is being asked already", None
        evse = self._station.entrance.free_evse(token)
        if evse is None or any(one.evse_id == evse.evse_id for one in waiting):
            return "no connector is free", None
        return "", evse

    def _let_in(self, payment: SavePayment, now: datetime, now_s: float, effects: Effects) -> None:
        token = IdToken(payment.card, KIND)
        evse = self._station.evses[payment.evse_id]
        grant = Grant(token, Trigger.AUTHORIZED, now_s)
        is_allowed = self._station.reservations.allows(evse.evse_id, token, None)
        can_start = is_allowed and self._station.can_start(evse.evse_id)
        if not (can_start and evse.accept(grant, now, effects)):
            self._move(payment, payments.UNUSED, now, effects)

    def _move(
        self,
        payment: SavePayment,
        event: int,
        now: datetime,
        effects: Effects,
        note: str = "",
        claimed: int | None = None,
    ) -> SavePayment | None:
        """Where the event leads; None: nowhere."""
        then = payments.next_state(state_of(payment), event)
        if then is None:
            return None
        moved = replace(
            payment,
            state=STATES[then],
            is_open=then in OPEN,
            changed_at=now,
            claimed=claimed or payment.claimed,
            note=note or payment.note,
        )
        self._keep(moved, effects)
        return moved

    def _keep(self, payment: SavePayment, effects: Effects) -> None:
        if payment.is_open:
            self.open[payment.reference] = payment
        else:
            del self.open[payment.reference]
            self._missing.discard(payment.reference)
        effects.changes.append(payment)
        effects.notice(
            "payment",
            evse_id=payment.evse_id,
            state=payment.state,
            held=payment.held,
            claimed=payment.claimed,
            currency=payment.currency,
            note=payment.note,
        )
        if ASKED_IN[state_of(payment)] != NOTHING:
            effects.acts.append(self._tell)

    def _end(self, tx_id: str) -> None:
        self._post(partial(self.on_used_up, tx_id))  # where it is refused, with the next look

    def _tell(self) -> None:
        self.grew()


def state_of(payment: SavePayment) -> int:
    """Its state as a number of the table."""
    return STATES.index(payment.state)


def _is_of(token: IdToken | None, payment: SavePayment) -> bool:
    return token is not None and token.is_same(IdToken(payment.card, KIND))


def _why_no_card(card: str) -> str:
    """What is wrong with what a terminal calls a card; empty: nothing."""
    if 1 <= len(card) <= CARD_CHARS_MAX and all("!" <= char <= "~" for char in card):
        return ""
    return f"card of {len(card)} characters: 1 to {CARD_CHARS_MAX} visible ones are allowed"


def _nobody() -> None:
    """Nobody asks the terminal yet."""
