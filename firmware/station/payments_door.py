"""Door to payments: what the payment terminal was asked for, and the owner's word on lost ones.

Of a payment whose session the books have lost nobody but a person can say what it came to: all of
it goes back, or he claims a sum. A refusal is a ``LocalRefusedError`` with a sentence.
"""

from datetime import datetime
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.faces.shapes import stamp
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.task import StationTask
from ampkeeper.firmware.store.changes import SavePayment
from ampkeeper.firmware.store.errors import StoreError
from ampkeeper.firmware.store.store import Store
from ampkeeper.firmware.store.task import StoreWorker

if TYPE_CHECKING:
    from ampkeeper.firmware.billing.payments import Claim
    from ampkeeper.firmware.station.till import Till

PAYMENTS_MAX = 1_000  # that are told, the newest
REFERENCE_CHARS_MIN, REFERENCE_CHARS_MAX = 6, 36  # it may be told by how it begins
AMOUNT_CHARS_MAX = 20
RELEASED, CLAIMED = "released by a person", "claimed by a person"
OFF = "payment.terminal is off: nobody reaches the terminal that holds the money"


class PaymentsDoor:
    """Answers "payments"; ``till`` is there where a terminal is."""

    def __init__(self, task: StationTask, books: tuple[Store, StoreWorker]) -> None:
        self.till: Till | None = None
        self._task = task
        self._store, self._worker = books

    async def answer(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Tell of them, or have one released or claimed."""
        match arguments.get("action", "list"):
            case "list":
                return await self._list()
            case "release":
                return await self._decide(arguments, None)
            case "claim":
                return await self._decide(arguments, _amount(arguments.get("amount")))
        raise LocalRefusedError("payments: allowed actions are list, release, claim")

    async def _list(self) -> dict[str, Any]:
        try:
            found = await self._worker.run(self._store.payments, PAYMENTS_MAX)
        except StoreError as error:
            raise LocalRefusedError(f"the books cannot be read now: {error}") from error
        return {"payments": [payment_shape(one) for one in found]}

    async def _decide(self, arguments: dict[str, Any], amount: Decimal | None) -> dict[str, Any]:
        """All in one event, so that what is decided is what was looked at."""
        wanted, till = _reference(arguments), self.till
        if till is None:
            raise LocalRefusedError(OFF)
        refusals: list[LocalRefusedError] = []

        def event(now: datetime, now_s: float) -> Effects:
            try:
                payment = _open_one(till, wanted)
                claim = _claim(till, payment, amount)
            except LocalRefusedError as error:
                refusals.append(error)
                return Effects()
            return till.on_claim(payment.reference, claim, now, now_s)

        await self._task.put(event)
        await self._task.settled()
        for refusal in refusals:
            raise refusal
        done = "goes back" if amount is None else "is claimed"
        return {"result": f"what is held {done}, as soon as the terminal answers"}


def payment_shape(one: SavePayment) -> dict[str, Any]:
    """A payment as people read it; whose card it was is not told."""
    from ampkeeper.firmware.billing.charge_log import coin

    step = coin(one.currency)
    return {
        "reference": one.reference,
        "state": one.state.lower(),
        "is_open": one.is_open,
        "evse_id": one.evse_id,
        "asked": stamp(one.asked_at),
        "changed": stamp(one.changed_at),
        "held": f"{one.held * step:f}",
        "claimed": None if one.claimed is None else f"{one.claimed * step:f}",
        "currency": one.currency,
        "session": one.tx_id,
        "note": one.note,
    }


def _open_one(till: "Till", wanted: str) -> SavePayment:
    found = [one for name, one in till.open.items() if name.startswith(wanted)]
    if len(found) != 1:
        words = f"{len(found)} that are open begin so; one is wanted"
        raise LocalRefusedError(f"payment {wanted!r}: {words}")
    if not till.is_lost(found[0].reference):
        words = f"it is {found[0].state.lower()}, and goes its way by itself"
        raise LocalRefusedError(f"payment {wanted!r}: {words}; only a lost one is decided")
    return found[0]


def _claim(till: "Till", payment: SavePayment, amount: Decimal | None) -> "Claim":
    from ampkeeper.firmware.billing import payments
    from ampkeeper.firmware.billing.charge_log import coin

    if amount is None:
        return payments.Claim(payments.FREE, why=RELEASED)
    step = coin(payment.currency)
    if not step <= amount <= payment.held * step or amount % step:
        most = f"{step:f} to {payment.held * step:f} {payment.currency}"
        raise LocalRefusedError(f"amount {amount:f}: {most} is allowed, in steps of {step:f}")
    return payments.Claim(payments.COSTS, int(amount / step), CLAIMED)


def _reference(arguments: dict[str, Any]) -> str:
    told = arguments.get("payment")
    if isinstance(told, str) and REFERENCE_CHARS_MIN <= len(told) <= REFERENCE_CHARS_MAX:
        return told
    words = f"{REFERENCE_CHARS_MIN} to {REFERENCE_CHARS_MAX} characters of its reference"
    raise LocalRefusedError(f"payment {told!r:.45}: {words}")


def _amount(told: object) -> Decimal:
    """A sum as people write it: digits, and a point with digits."""
    if isinstance(told, str) and len(told) <= AMOUNT_CHARS_MAX:
        whole, _, part = told.partition(".")
        is_plain = told.isascii() and whole.isdigit() and (part.isdigit() or "." not in told)
        if is_plain:
            return Decimal(told)
    raise LocalRefusedError(f"amount {told!r:.30}: a sum such as 4.20 is allowed")
