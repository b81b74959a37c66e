"""Bills: what is known of the cost of each of the newest transactions, and what the books keep.

Whoever told it, in whichever version of OCPP: the books keep one form, the objects of the pricing
whitepaper. Pure.
"""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from ampkeeper.firmware.billing.account import Account, account_of
from ampkeeper.firmware.ocpp.declared import prices as keys
from ampkeeper.firmware.ocpp.price_reading import (
    final_cost,
    read_object,
    running_cost,
    user_price,
)
from ampkeeper.firmware.prices import FinalCost, RunningCost, UserPrice, WallClock
from ampkeeper.firmware.station.cost_triggers import CostTriggers
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.store.changes import SaveCost
from ampkeeper.firmware.store.rows import SessionRow

if TYPE_CHECKING:
    from ampkeeper.firmware.station.evse import Evse

BILLS_MAX = 32  # beside what runs, the newest; of an older one only its total is taken
PRICE, RUNNING, FINAL = "price", "running", "final"  # what was told, by kind
ACCOUNT = "account"  # what the station worked out itself
DAMAGED = (ValueError, KeyError, TypeError, AttributeError)  # what reading a row may raise


class Books(Protocol):
    """What the store has of sessions and their costs."""

    def sessions(self, limit: int) -> list[SessionRow]:
        """The newest first."""

    def open_sessions(self) -> list[SessionRow]:
        """Those that have not ended, oldest first."""

    def costs(self, tx_ids: Iterable[str]) -> dict[str, str]:
        """What was told, by session."""


@dataclass(slots=True)
class Bill:
    """What is known of the cost of one transaction; ``told`` is what it is known from."""

    evse_id: int
    csms_tx_id: int | None = None
    is_offline: bool = False  # it began while nobody could be asked
    price: UserPrice | None = None
    running: RunningCost | None = None
    idle_since: datetime | None = None
    final: FinalCost | None = None
    account: Account | None = None  # where the station itself works the cost out
    failure: str = ""  # why it cannot, although it began to
    told: dict[str, Any] = field(default_factory=dict)
    triggers: CostTriggers = field(default_factory=CostTriggers)
    is_recalled: bool = False  # its triggers are to be set once the meter is known

    @property
    def text(self) -> str:
        """What this person was told of prices; empty: nothing."""
        return "" if self.price is None else self.price.text


class Bills:
    """The bills of what runs, however long it has, and of the newest transactions."""

    def __init__(
        self,
        variable: Callable[[str], Any],
        clock: Callable[[], WallClock],
        is_running: Callable[[str], bool],
    ) -> None:
        self._variable = variable
        self._clock = clock
        self._is_running = is_running
        self._bills: dict[str, Bill] = {}  # by transaction, the newest last

    def get(self, tx_id: str | None) -> Bill | None:
        """The bill of a transaction, if there is one."""
        return None if tx_id is None else self._bills.get(tx_id)

    def of(self, evse: "Evse") -> tuple[str, Bill]:
        """The bill of what runs here, begun where there was none."""
        assert evse.transaction is not None, "the caller looked"
        tx_id = evse.transaction.tx_id
        bill = self._bills.get(tx_id) or self.begin(tx_id, evse.evse_id)
        bill.csms_tx_id = evse.csms_tx_id if evse.csms_tx_id is not None else bill.csms_tx_id
        return tx_id, bill

    def begin(self, tx_id: str, evse_id: int) -> Bill:
        """A bill of which nothing is known yet; the oldest that is over goes, if too many are."""
        over = [one for one in self._bills if not self._is_running(one)]
        for one in over[: max(0, len(over) - BILLS_MAX + 1)]:
            del self._bills[one]
        bill = self._bills[tx_id] = Bill(evse_id)
        return bill

    def last_at(self, evse_id: int) -> Bill | None:
        """The bill of the newest transaction here."""
        mine = (bill for bill in reversed(self._bills.values()) if bill.evse_id == evse_id)
        return next(mine, None)

    def numbered(self, csms_tx_id: int) -> Iterable[str]:
        """The transactions that a central system calls so, the newest first."""
        found = reversed(self._bills.items())
        return [tx_id for tx_id, bill in found if bill.csms_tx_id == csms_tx_id]

    # the books

    def note(self, tx_id: str, bill: Bill, kind: str, text: str, effects: Effects) -> None:
        """Write down what was told, as a text of the whitepaper."""
        bill.told[kind] = text
        bill.told["offline"] = bill.is_offline
        if bill.idle_since is not None:
            bill.told["idle_since"] = bill.idle_since.isoformat()
        self.save(tx_id, bill, effects)

    def note_late(self, tx_id: str, kind: str, text: str, effects: Effects) -> None:
        """The same of what is long over: what else the books have of it stays."""
        told = json.dumps({kind: text}, ensure_ascii=False)
        effects.changes.append(SaveCost(tx_id, told, is_more=True))

    def save(self, tx_id: str, bill: Bill, effects: Effects) -> None:
        """Write down what is known now."""
        if bill.account is not None:
            bill.told[ACCOUNT] = bill.account.to_json()
        effects.changes.append(SaveCost(tx_id, json.dumps(bill.told, ensure_ascii=False)))

    def recall(self, books: Books) -> list[str]:
        """Take up what was told of them; return what is left out."""
        newest = {row.tx_id: row for row in reversed(books.sessions(BILLS_MAX))}
        older = [row for row in books.open_sessions() if row.tx_id not in newest]
        rows = [*older, *newest.values()]
        told = books.costs(row.tx_id for row in rows)
        return self.take_up(
            (row.tx_id, row.evse_id, row.csms_tx_id, told.get(row.tx_id, "{}")) for row in rows
        )

    def take_up(self, rows: Iterable[tuple[str, int, int | None, str]]) -> list[str]:
        """Take up what was told of these transactions, oldest first; return what is left out."""
        problems = []
        for tx_id, evse_id, csms_tx_id, text in rows:
            try:
                self._bills[tx_id] = self.read(evse_id, csms_tx_id, text)
            except DAMAGED as error:
                problems.append(f"{tx_id}: {error}")
        return problems

    def read(self, evse_id: int, csms_tx_id: int | None, text: str) -> Bill:
        """The bill that a row of the books makes; raises one of ``DAMAGED``."""
        told = json.loads(text)
        language = self._variable(keys.LANGUAGE)
        bill = Bill(evse_id, csms_tx_id, is_offline=bool(told.get("offline")), told=told)
        if PRICE in told:
            bill.price = user_price(read_object(told[PRICE]), language)
        if RUNNING in told:
            bill.running = running_cost(read_object(told[RUNNING]), self._clock())
            bill.is_recalled = True
        if "idle_since" in told:
            bill.idle_since = datetime.fromisoformat(told["idle_since"])
        if ACCOUNT in told:
            self._read_account(bill, told[ACCOUNT])
        if FINAL in told:
            bill.final = final_cost(read_object(told[FINAL]), language)
        return bill

    def _read_account(self, bill: Bill, told: Any) -> None:
        """What else was told counts although the account cannot be read."""
        try:
            bill.account = account_of(told)
        except ValueError as error:
            bill.failure = str(error)
