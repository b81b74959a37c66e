"""Commissioning: the installer proves a charger step by step, and gets a signed report of it.

What he entered is kept, so that a power cut in the middle costs him nothing; what the charger saw
is asked anew each time. No report is signed before every check is passed or absent. The newest
report is kept; its key is the charger's own, made with the first one, and never leaves the books.
"""

import json
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from ampkeeper.firmware.commissioning import checks, report
from ampkeeper.firmware.commissioning.checks import Check, Entered, Proof, Seen
from ampkeeper.firmware.commissioning.report import Report
from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.inspection import seen_of, tests_of
from ampkeeper.firmware.station.station import Station
from ampkeeper.firmware.station.task import StationTask
from ampkeeper.firmware.store.changes import Change, SaveMeta
from ampkeeper.firmware.store.errors import StoreError
from ampkeeper.firmware.store.store import Store
from ampkeeper.firmware.store.task import StoreWorker
from ampkeeper.hal.ports import Clock

DRAFT, KEPT, KEY = "commissioning", "commissioning_report", "commissioning_key"  # in the books
WORDS = {"installer": 60, "company": 60, "place": 100, "note": 500}  # characters at most
SERIAL_CHARS_MAX = 50
NAMES = {"vendor": "vendor", "model": "model", "serial": "serial", "firmware": "firmware_version"}

Ask = Callable[[dict[str, Any]], Awaitable[dict[str, Any]]]


class CommissioningDoor:
    """Answers "commissioning"; ``selftest`` and ``seal`` are the verbs of those names."""

    def __init__(
        self,
        station: Station,
        task: StationTask,
        books: tuple[Store, StoreWorker],
        clock: Clock,
        selftest: Ask,
        seal: Ask,
        identity: Mapping[str, str],
    ) -> None:
        self._station = station
        self._task = task
        self._store, self._worker = books
        self._clock = clock
        self._selftest = selftest
        self._seal = seal
        self._identity = identity

    async def answer(self, arguments: dict[str, Any]) -> dict[str, Any]:
        """Do what is asked."""
        match arguments.get("action", "show"):
            case "show":
                return await self._show()
            case "begin":
                return await self._begin(arguments)
            case "enter":
                return await self._enter(arguments)
            case "finish":
                return await self._finish()
            case "report":
                return await self._report(arguments.get("kind", "json"))
        text = "allowed actions are show, begin, enter, finish, report"
        raise LocalRefusedError(f"commissioning: {text}")

    async def _show(self) -> dict[str, Any]:
        draft, kept = await self._draft(), await self._kept()
        told: dict[str, Any] = {"begun": None, "is_ready": False, "evses": [], "report": None}
        if draft is not None:
            found, _ = await self._found(draft)
            told |= {key: draft[key] for key in ("begun", *WORDS)}
            told["is_ready"] = not any(map(checks.unproven, found.values()))
            told["evses"] = [
                {
                    "id": evse_id,
                    "phases": self._station.evses[evse_id].rules.phases,
                    "entered": draft["evses"].get(str(evse_id)),
                    "checks": [asdict(one) for one in of_it],
                }
                for evse_id, of_it in found.items()
            ]
        if kept is not None:
            content = kept.content
            told["report"] = {key: content[key] for key in ("number", "finished", "installer")}
        return told

    async def _begin(self, arguments: dict[str, Any]) -> dict[str, Any]:
        words = {name: _line(arguments, name, most) for name, most in WORDS.items()}
        if not words["installer"]:
            raise LocalRefusedError("installer: who proves this charger? 1 to 60 characters")
        draft = {"begun": self._clock.now().isoformat(), **words, "evses": {}}
        await self._save([SaveMeta(DRAFT, json.dumps(draft))])
        return await self._show()

    async def _enter(self, arguments: dict[str, Any]) -> dict[str, Any]:
        draft = await self._begun()
        evse_id = arguments.get("evse")
        if type(evse_id) is not int or evse_id not in self._station.evses:
            raise LocalRefusedError(f"evse {evse_id!r}: there are {list(self._station.evses)}")
        entered = _entered(arguments, self._station.evses[evse_id].rules.phases)
        draft["evses"][str(evse_id)] = asdict(entered)
        await self._save([SaveMeta(DRAFT, json.dumps(draft))])
        return await self._show()

    async def _finish(self) -> dict[str, Any]:
        draft = await self._begun()
        found, tests = await self._found(draft)
        missing = {evse_id: checks.unproven(of_it) for evse_id, of_it in found.items()}
        for evse_id, words in missing.items():
            if words:
                raise LocalRefusedError(f"evse {evse_id}: {words[0]}")
        before, key = await self._kept(), await self._meta(KEY)
        head = {
            "number": 1 if before is None else before.content["number"] + 1,
            "station": {ours: self._identity[name] for ours, name in NAMES.items()},
            **{name: draft[name] for name in ("begun", *WORDS)},
            "finished": self._clock.now().isoformat(),
        }
        entered = {
            evse_id: (Entered(**draft["evses"][str(evse_id)]), of_it)
            for evse_id, of_it in found.items()
        }
        key = key or report.make_key()
        made = report.signed(report.text_of(head, entered, tests), key)
        await self._save([SaveMeta(KEY, key), SaveMeta(KEPT, made.to_text()), SaveMeta(DRAFT, "")])
        return {"result": f"report {head['number']} is signed"} | await self._show()

    async def _report(self, kind: object) -> dict[str, Any]:
        from ampkeeper.firmware.station.handover import KINDS, file_of

        if kind not in KINDS:
            raise LocalRefusedError(f"kind {kind!r:.40}: allowed are {', '.join(KINDS)}")
        kept, key = await self._kept(), await self._meta(KEY)
        if kept is None or not key:
            raise LocalRefusedError("commissioning: there is no report yet")
        try:
            # In the thread of the books: a file takes some ten ms, and the loop has none to give.
            file = await self._worker.run(file_of, kept, str(kind), key)
        except ValueError as error:
            raise LocalRefusedError(f"commissioning: {error}") from error
        name = f"commissioning-{kept.content['number']}.{kind}"
        return {"name": name, "kind": KINDS[str(kind)], "hex": file.hex()}

    # helpers

    async def _found(
        self, draft: dict[str, Any]
    ) -> tuple[dict[int, tuple[Check, ...]], dict[int, dict[int, Proof]]]:
        told = (await self._selftest({}))["tests"]
        seals = await self._seal({"action": "show"})
        begun = datetime.fromisoformat(draft["begun"])
        found, tests = {}, {}
        for evse_id, evse in self._station.evses.items():
            tests[evse_id] = tests_of(told, evse_id)
            seen: Seen = seen_of(self._station, evse, tests[evse_id], seals)
            entered = draft["evses"].get(str(evse_id))
            known = None if entered is None else Entered(**entered)
            found[evse_id] = checks.checks(seen, known, begun)
        return found, tests

    async def _begun(self) -> dict[str, Any]:
        draft = await self._draft()
        if draft is None:
            raise LocalRefusedError("commissioning: none is begun")
        return draft

    async def _draft(self) -> dict[str, Any] | None:
        """What was entered so far; what cannot be read proves nothing."""
        kept = await self._meta(DRAFT)
        try:
            draft: dict[str, Any] = json.loads(kept) if kept else {}
            begun = datetime.fromisoformat(draft["begun"]) if draft else None
            for entered in draft.get("evses", {}).values():
                Entered(**entered)
        except (AttributeError, KeyError, TypeError, ValueError):
            return None
        return None if begun is None else draft

    async def _kept(self) -> Report | None:
        kept = await self._meta(KEPT)
        try:
            return report.report_of(kept) if kept else None
        except ValueError:
            return None

    async def _meta(self, key: str) -> str:
        try:
            return await self._worker.run(self._store.meta, key) or ""
        except StoreError as error:
            raise LocalRefusedError(f"the books cannot be read now: {error}") from error

    async def _save(self, changes: list[Change]) -> None:
        await self._task.put(lambda now, now_s: Effects(changes=changes))
        await self._task.settled()


def _line(arguments: Mapping[str, Any], name: str, most: int) -> str:
    value = arguments.get(name, "")
    if not isinstance(value, str) or len(value) > most or not value.isprintable():
        raise LocalRefusedError(
            f"{name} {value!r:.60}: must be one line, {most} characters at most"
        )
    return value.strip()


def _entered(arguments: Mapping[str, Any], phases: int) -> Entered:
    fuse_a, rcd = arguments.get("fuse_a"), arguments.get("rcd")
    is_number = isinstance(fuse_a, int | float) and not isinstance(fuse_a, bool)
    if not is_number or not checks.FUSE_A_MIN <= float(fuse_a or 0) <= checks.FUSE_A_MAX:
        allowed = f"{checks.FUSE_A_MIN:g} to {checks.FUSE_A_MAX:g} A"
        raise LocalRefusedError(f"fuse_a {fuse_a!r:.40}: {allowed} are allowed")
    if rcd not in checks.RCDS:
        raise LocalRefusedError(f"rcd {rcd!r:.40}: allowed are {', '.join(checks.RCDS)}")
    rotation = arguments.get("rotation", "")
    allowed_rotations = checks.ROTATIONS if phases > 1 else ("",)
    if rotation not in allowed_rotations:
        words = ", ".join(allowed_rotations) or "none, it has one phase"
        raise LocalRefusedError(f"rotation {rotation!r:.40}: allowed are {words}")
    serial = _line(arguments, "meter_serial", SERIAL_CHARS_MAX)
    return Entered(serial, rotation, float(fuse_a or 0), rcd)
