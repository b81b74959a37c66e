"""Access desk: who may come in, kept in the books; every change with its line in the audit.

What the book becomes is written before it is in force. A book that cannot be read lets nobody in
until somebody at the station resets it: he has more than a password.
"""

import hmac
from collections.abc import Awaitable, Callable
from datetime import datetime
from functools import partial
from typing import Any

from ampkeeper.firmware.access.book import (
    AccessRefused,
    Book,
    as_shown,
    book_of,
    new_code,
    plain_code,
)
from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.faces.shapes import stamp
from ampkeeper.firmware.station.audit import AT_THE_STATION, Audit, By
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.task import StationTask
from ampkeeper.firmware.store.changes import AddAudit, SaveMeta

KEY, LOG_INS_KEY = "access", "log_ins"
CODE_BYTES = 10
SHOWN, SHOWN_MAX = 50, 1_000

Change = Callable[[Book], Book]
ReadAudit = Callable[[int], Awaitable[list[AddAudit]]]


class AccessDesk:
    """The book in force; ``label_code``: what is printed on the charger, "" where nothing is."""

    def __init__(
        self,
        task: StationTask,
        audit: Audit,
        read_audit: ReadAudit,
        new_bytes: Callable[[int], bytes],
        label_code: str = "",
    ) -> None:
        self.book = Book()
        self.log_ins = ""  # who is in, as it is kept
        self.is_damaged = False
        self._task = task
        self._audit = audit
        self._read_audit = read_audit
        self._new_bytes = new_bytes
        self._label_code = label_code
        self.address = ""  # where the page is, while it listens
        self.fingerprint = ""  # of the certificate that it shows there
        self.on_change: Callable[[], None] = _nothing  # the book is another one now

    def recall(self, meta: Callable[[str], str | None]) -> list[str]:
        """Take up what the books hold; return what of it cannot be used."""
        self.log_ins = meta(LOG_INS_KEY) or ""
        text = meta(KEY)
        if not text:
            return []
        try:
            self.book = book_of(text)
        except AccessRefused as error:
            self.is_damaged = True
            return [f"{error}: nobody gets in, until `ampkeeper web reset`"]
        return []

    def on_start(self, now: datetime, now_s: float) -> Effects:
        """Make the code of the set-up, where there is neither one nor an owner."""
        if self.is_damaged or self.book.is_set_up or self.book.code or self._label_code:
            return Effects()
        return self._kept(Book(self.book.users, self.book.tokens, self._new_code()))

    @property
    def can_set_up(self) -> bool:
        """True while somebody with the code becomes the owner."""
        return not self.is_damaged and not self.book.is_set_up

    @property
    def code(self) -> str:
        """The code that opens the set-up; "" while it is not open."""
        return (self._label_code or self.book.code) if self.can_set_up else ""

    def is_code(self, shown: str) -> bool:
        """True for the code of the set-up, however it is typed."""
        wanted = plain_code(self.code)
        return bool(wanted) and _is_same(plain_code(shown), wanted)

    async def change(self, change: Change, by: By, action: str, detail: str) -> None:
        """Change the book, write it, and only then let it count; AccessRefused says no."""
        refusals: list[AccessRefused] = []

        def event(now: datetime, now_s: float) -> Effects:
            try:
                if self.is_damaged:
                    raise AccessRefused("the book is damaged: `ampkeeper web reset` at the station")
                effects = self._kept(change(self.book))
            except AccessRefused as error:
                refusals.append(error)
                return Effects()
            effects.changes.append(self._audit.entry(by, action, detail, now))
            return effects

        await self._task.put(event)
        await self._task.settled()
        for refusal in refusals:
            await self._audit.note(by, action, detail, f"refused: {refusal}")
            raise refusal

    async def keep_log_ins(self, text: str) -> None:
        """Write down who is in, where that is other than before."""
        if text == self.log_ins:
            return

        def event(now: datetime, now_s: float) -> Effects:
            self.log_ins = text
            return Effects(changes=[SaveMeta(LOG_INS_KEY, text)])

        await self._task.put(event)
        await self._task.settled()

    async def answer(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Answers "access" of the local door."""
        match arguments.get("action", "show"):
            case "show":
                return self.view()
            case "audit":
                return await self.audit(arguments.get("limit", SHOWN))
            case "reset":
                await self._task.put(self._on_reset)
                await self._task.settled()
                return self.view()
        raise LocalRefusedError("access: allowed actions are show, audit, reset")

    def view(self) -> dict[str, Any]:
        """What somebody at the station sees."""
        return {
            "address": self.address or None,
            "fingerprint": self.fingerprint or None,
            "is_set_up": self.book.is_set_up,
            "is_damaged": self.is_damaged,
            "code": self.code or None,
        } | as_shown(self.book)

    async def audit(self, limit: object) -> dict[str, Any]:
        """Who asked for which change, newest first."""
        if type(limit) is not int or not 1 <= limit <= SHOWN_MAX:
            raise LocalRefusedError(f"limit {limit!r:.40}: 1 to {SHOWN_MAX} is allowed")
        return {"entries": [_entry(row) for row in await self._read_audit(limit)]}

    def _on_reset(self, now: datetime, now_s: float) -> Effects:
        """Nobody is known any more, and the set-up is open."""
        self.is_damaged = False
        effects = self._kept(Book(code="" if self._label_code else self._new_code()))
        effects.changes.append(self._audit.entry(AT_THE_STATION, "access", "forgotten", now))
        return effects

    def _kept(self, book: Book) -> Effects:
        changes = [SaveMeta(KEY, book.to_text())]
        return Effects(changes=list(changes), acts=[partial(self._take, book)])

    def _take(self, book: Book) -> None:
        self.book = book
        self.on_change()

    def _new_code(self) -> str:
        return new_code(self._new_bytes(CODE_BYTES))


def _nothing() -> None:
    """Nobody wants to know."""


def _is_same(shown: str, wanted: str) -> bool:
    """In constant time, whatever is shown."""
    return hmac.compare_digest(shown.encode("utf-8", "replace"), wanted.encode())


def _entry(row: AddAudit) -> dict[str, Any]:
    return {
        "time": stamp(row.at),
        "who": row.who,
        "role": row.role,
        "way": row.way,
        "action": row.action,
        "detail": row.detail,
        "result": row.result,
        "times": row.times,
        "last": stamp(row.last) if row.last is not None else None,
    }
