"""Trials: watches software that is on trial, until it proved itself or is sent back.

``update/trial.py`` decides; here it is shown what the station sees, once a second. What the
installer could not write down is tried again with the next look.
"""

import asyncio
import json
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from itertools import product

from ampkeeper.firmware.faults import PILOT_LINK_LOST, info_of
from ampkeeper.firmware.safety.selftest import FAILED, NOT_RUN, RUNNING
from ampkeeper.firmware.selftests import words
from ampkeeper.firmware.station.checkup import Checkup, Key
from ampkeeper.firmware.station.csms import CsmsDesk
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.examine import LOOKS
from ampkeeper.firmware.station.security_log import SecurityLog
from ampkeeper.firmware.station.task import StationTask
from ampkeeper.firmware.station.update_steps import on_restart
from ampkeeper.firmware.store.changes import SaveMeta
from ampkeeper.firmware.store.store import Store
from ampkeeper.firmware.store.task import StoreWorker
from ampkeeper.firmware.transfers.task import Mover
from ampkeeper.firmware.update import trial
from ampkeeper.firmware.update.installer import Installer, InstallError, Phase
from ampkeeper.hal.ports import Clock

LOOK_S = 1.0
KNOWN_KEY = "trial"  # in the books: what failed or was silent before this version's trial began
OF_STATION = (words.STORAGE, words.COUNTERS)
OF_RING_1 = [each for each in words.WORDS if each < words.METER]
OF_EVSE = [*LOOKS, words.METER, words.STOP]
LOST = info_of(PILOT_LINK_LOST).name
OF_OTHERS = (words.CLOCK, words.STOP)  # where a central system or a person is in the wrong

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Known:
    """What was so before the trial: self-tests that failed, EVSEs whose pilot board was silent."""

    failed: frozenset[Key] = frozenset()
    silent: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class TrialMeans:
    """What a trial is judged by. ``needs_csms``: a central system is configured."""

    mover: Mover
    installer: Installer
    patience: trial.Patience
    needs_csms: bool
    security_log: SecurityLog
    version: str


class Trials:
    """The trial of what runs, if it is on trial; ``passed`` once it counts as good."""

    def __init__(
        self,
        task: StationTask,
        books: tuple[Store, StoreWorker],
        clock: Clock,
        csms: CsmsDesk,
        means: TrialMeans,
    ) -> None:
        self.is_on = False
        self.revoked: frozenset[str] = frozenset()  # certificates that the maker has taken back
        self.passed = asyncio.Event()
        self._task = task
        self._store, self._worker = books
        self._clock = clock
        self._csms = csms
        self._means = means
        self._may_begin = asyncio.Event()
        self._known = Known()
        self._was_accepted = False
        self._patience = means.patience
        csms.on_accepted.append(self._on_accepted)

    async def recall(self) -> None:
        """Find out whether there is one, and what failed before it began."""
        means = self._means
        outcome = await means.mover.run(means.installer.outcome)
        self.is_on = outcome.phase is Phase.TRYING
        self.revoked = outcome.revoked
        if not self.is_on:
            await self._forget()
            return
        self._patience = means.patience.within(outcome.trial_s)
        if self._patience != means.patience:
            log.warning("the launcher ends a trial after %g s, before its time", outcome.trial_s)
        text = await self._worker.insist(self._store.meta, KNOWN_KEY)
        known = _known_of(text or "", means.version)
        if known is None:
            known = await self._look_back()
            saved = SaveMeta(KNOWN_KEY, _text_of(known, means.version))
            await self._worker.insist(self._store.commit, [saved])
        self._known = known

    async def _forget(self) -> None:
        """The one before is over, however it ended: the next looks back for itself."""
        if await self._worker.insist(self._store.meta, KNOWN_KEY):
            await self._worker.insist(self._store.commit, [SaveMeta(KNOWN_KEY, "")])

    async def _look_back(self) -> Known:
        """What the books tell of the time before: nothing of this life is in them yet."""
        rows = await self._worker.insist(self._store.newest_results)
        failed = frozenset((row.evse_id, row.test) for row in rows if row.result == FAILED)
        faults = await self._worker.insist(partial(self._store.faults, active_only=True))
        return Known(failed, frozenset(row.evse_id for row in faults if row.fault == LOST))

    def begin(self) -> None:
        """How the last one ended is in the books: from now on it may be judged."""
        self._may_begin.set()

    async def run(self) -> None:
        """Judge until there is a verdict."""
        await self._may_begin.wait()  # ended by the update's task
        began_s = self._clock.now_s()
        while self.is_on:
            verdict, reason = trial.judge(self._seen(began_s), self._patience)
            if verdict == trial.CONFIRM:
                await self._confirm(reason)
            elif verdict == trial.REJECT:
                await self._reject(reason)
            await asyncio.sleep(LOOK_S)

    async def _confirm(self, reason: str) -> None:
        if not await self._write(self._means.installer.confirm):
            return
        await self._task.put(partial(self._on_good, reason))
        await self._task.settled()
        self.is_on = False
        self.passed.set()

    async def _reject(self, reason: str) -> None:
        log.error("the new software goes: %s", reason)
        if await self._write(partial(self._means.installer.reject, reason)):
            await self._give_way()

    async def _give_way(self) -> None:
        await self._task.put(on_restart)
        await asyncio.Event().wait()  # ended by the restart

    async def _write(self, step: Callable[[], None]) -> bool:
        try:
            await self._means.mover.run(step)
        except InstallError as error:
            log.error("the new software goes: %s", error)
            await self._give_way()
        except (OSError, ValueError) as error:
            log.error("the verdict on the new software cannot be kept: %s", error)
            return False
        return True

    def _seen(self, began_s: float) -> trial.Seen:
        station = self._task.station
        checkup = station.checkup
        silent = [each for each, evse in station.evses.items() if evse.status is None]
        dead = [each for each in silent if each in self._known.silent]
        return trial.Seen(
            since_s=self._clock.now_s() - began_s,
            failed=[_name(key) for key in _failed(checkup) if key not in self._known.failed],
            silent_evses=silent,
            is_tested=_is_tested(checkup, [each for each in station.evses if each not in dead]),
            needs_csms=self._means.needs_csms,
            is_accepted=self._was_accepted,
            dead_evses=dead,
        )

    def _on_accepted(self) -> None:
        self._was_accepted = True

    def _on_good(self, reason: str, now: datetime, now_s: float) -> Effects:
        effects = self._means.security_log.on_proven(now, now_s)
        effects.changes.append(SaveMeta(KNOWN_KEY, ""))
        effects.notice("update_confirmed", version=self._means.version, reason=reason)
        return effects


def _is_tested(checkup: Checkup, evse_ids: Sequence[int]) -> bool:
    """True once all has a result that has one without a car, and nothing is being tested.

    A board that lacks what a test needs says so; what runs at rest may have to wait for a car.
    """
    keys = [(words.STATION, test) for test in OF_STATION]
    keys += [(evse_id, test) for evse_id in evse_ids for test in OF_EVSE]
    if any(_result(checkup, key) == RUNNING for key in product(evse_ids, OF_RING_1)):
        return False
    return NOT_RUN not in {_result(checkup, key) for key in keys}


def _result(checkup: Checkup, key: Key) -> int:
    found = checkup.latest.get(key)
    return NOT_RUN if found is None else found.result


def _failed(checkup: Checkup) -> list[Key]:
    failed = [key for key, found in checkup.latest.items() if found.result == FAILED]
    return [key for key in failed if key[1] not in OF_OTHERS]


def _name(key: Key) -> str:
    evse_id, test = key
    name = words.WORDS[test].name
    return name if evse_id == words.STATION else f"{name} of EVSE {evse_id}"


def _text_of(known: Known, version: str) -> str:
    failed, silent = sorted(known.failed), sorted(known.silent)
    return json.dumps({"version": version, "known": failed, "silent": silent})


def _known_of(text: str, version: str) -> Known | None:
    """What ``_text_of`` wrote of this version; None: nothing."""
    try:
        told = json.loads(text)
        is_ours = told["version"] == version
        failed = frozenset((int(evse_id), int(test)) for evse_id, test in told["known"])
        found = Known(failed, frozenset(int(evse_id) for evse_id in told["silent"]))
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    return found if is_ours else None
