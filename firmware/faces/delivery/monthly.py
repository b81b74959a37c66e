"""Monthly: the charge log of each month that is over, by e-mail or pushed; each is sent once.

A month is over an hour after its end, so that its last prices are told, and when none of its
sessions runs any more, but at most a week later; a charge that runs on then is in the next log.
What was sent is in the books before the next; between the two a power cut sends it again, with the
same id. While nobody knows whether the clock is right, nothing is sent and nothing begins.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from ampkeeper.firmware.billing.charge_log import Charge
from ampkeeper.firmware.faces.delivery.letters import UNMADE, Log, wait_s
from ampkeeper.firmware.store.changes import SaveMeta
from ampkeeper.firmware.store.errors import StoreError
from ampkeeper.firmware.store.reads import Reads
from ampkeeper.firmware.store.store import Store
from ampkeeper.firmware.store.task import StoreWorker
from ampkeeper.firmware.transfers.task import DaemonWorker
from ampkeeper.hal.errors import HalError, RefusedError

KEY = "monthly_logs"  # of the books: the newest month that each log was sent of
LOOK_S = 600.0  # between two looks at the calendar
SETTLES, WAITS_MAX = timedelta(hours=1), timedelta(days=7)  # after the end of a month
LATE = WAITS_MAX - SETTLES  # after the end of a month: what ends by then is in its log for sure
FIRST_YEAR = 2026  # of this software; before it the clock was not set yet
MONTHS_MAX = 24  # that are sent after a long time without a way; older ones are left to the books

log = logging.getLogger(__name__)


Send = Callable[[str, Log, str, Sequence[Charge]], None]
"""Takes id, log, month and charges; blocks; RefusedError: never, HalError: not now."""


@dataclass(frozen=True, slots=True)
class Source:
    """Where it is read what was charged; ``now`` is local, ``is_right``: as far as one knows."""

    store: Store
    worker: StoreWorker
    charges: Callable[[Reads, str, str], list[Charge]]  # of a month and a user
    now: Callable[[], datetime]
    is_right: Callable[[], bool]


def months_due(sent: str, now: datetime, began: datetime | None) -> list[str]:
    """Those after ``sent`` that are over, oldest first; ``began``: of the oldest that runs."""
    found: list[str] = []
    first = now.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    while len(found) < MONTHS_MAX:
        after, first = first, (first - timedelta(days=1)).replace(day=1)
        if f"{first:%Y-%m}" <= sent:
            break
        is_running = began is not None and began < after and now < after + WAITS_MAX
        if now >= after + SETTLES and not is_running:
            found.insert(0, f"{first:%Y-%m}")
    return found


def log_month(began: datetime, ended: datetime) -> str:
    """In the log of which month a charge is; times are local.

    That of the month it began in; where that one left without it, the first that leaves after it.
    """
    first = began.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    after = (first + timedelta(days=32)).replace(day=1)
    is_late = ended >= after + LATE
    return f"{ended - LATE if is_late else began:%Y-%m}"


class MonthlyFace:
    """Sends the logs of a way."""

    def __init__(self, logs: Sequence[Log], source: Source, send: Send) -> None:
        self._logs = logs
        self._source = source
        self._send = send
        self._executor = DaemonWorker("monthly logs")
        self._tries = 0
        self._is_waiting = False  # for somebody who knows the time

    def start(self, group: asyncio.TaskGroup) -> list[asyncio.Task[None]]:
        """The task of it; ended by cancellation."""
        return [group.create_task(self.run(), name="monthly logs")]

    async def run(self) -> None:
        """Send for ever."""
        while True:
            try:
                is_well = await self._look()
            except (StoreError, *UNMADE) as error:
                log.warning("monthly logs: the books cannot be read now: %s", error)
                is_well = True
            self._tries = 0 if is_well else self._tries + 1
            await asyncio.sleep(LOOK_S if is_well else wait_s(self._tries))

    async def _look(self) -> bool:
        """Send what is due; False: somebody was not reached."""
        source, now = self._source, self._source.now()
        if not self._is_right(now):
            return True
        sent = _sent(await source.worker.run(source.store.meta, KEY))
        running = await source.worker.run(source.store.open_sessions)
        began = min((one.started_at for one in running), default=None)
        is_well, last = True, f"{now.replace(day=1) - timedelta(days=1):%Y-%m}"
        for one in self._logs:
            if one.key not in sent:  # from now on: what was before is in the books
                sent[one.key] = last
                await self._keep(sent)
            elif sent[one.key] > last:
                log.warning(
                    "monthly logs: %s was told as sent: from %s on again", sent[one.key], last
                )
                sent[one.key] = last
                await self._keep(sent)
            for month in months_due(sent[one.key], now, began):
                if not await self._sent(one, month):
                    is_well = False
                    break
                sent[one.key] = month
                await self._keep(sent)
        return is_well

    def _is_right(self, now: datetime) -> bool:
        is_right = now.year >= FIRST_YEAR and self._source.is_right()
        if not is_right and not self._is_waiting:
            words = "neither a time server nor a central system has told the time"
            log.warning("monthly logs wait: %s", words)
        self._is_waiting = not is_right
        return is_right

    async def _sent(self, one: Log, month: str) -> bool:
        source = self._source

        def read(books: Reads) -> list[Charge]:
            return source.charges(books, month, one.user)

        message_id = f"log-{month}-{one.key}.{one.way}"
        try:
            told = (message_id, one, month, await source.worker.run_aside(read))
            # ended by the time-outs of the far side's socket
            await asyncio.get_running_loop().run_in_executor(self._executor, self._send, *told)
        except RefusedError as error:
            log.error("monthly logs: %s is refused for good: %s", message_id, error)
        except (HalError, *UNMADE) as error:
            log.warning("monthly logs: %s: %s; tried again later", message_id, error)
            return False
        return True

    async def _keep(self, sent: dict[str, str]) -> None:
        known = {one.key: sent[one.key] for one in self._logs if one.key in sent}
        save = SaveMeta(KEY, json.dumps(known))
        await self._source.worker.insist(self._source.store.commit, [save])


def _sent(text: str | None) -> dict[str, str]:
    """What the books have; what cannot be read is as if it was never sent."""
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return {str(key): str(month) for key, month in found.items()} if type(found) is dict else {}
