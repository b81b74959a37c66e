"""The installer proves a charger, and nothing is signed before everything is proven."""

from collections.abc import Callable
from typing import Any

import pytest

from ampkeeper.firmware.commissioning.report import is_genuine, report_of
from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.station.commissioning import DRAFT, KEPT, KEY, CommissioningDoor
from ampkeeper.firmware.store.changes import SaveMeta
from ampkeeper.hal.ports import MeterIdentity

from .charger import Charger

IDENTITY = {"vendor": "Ampkeeper", "model": "A1", "serial": "AK-1", "firmware_version": "1.0"}
NUMBERS = (9, 11, 13, 14, 15, 16, 24, 30)
MEASURED = {"evse": 1, "fuse_a": 32, "rcd": "type A", "rotation": "RST", "meter_serial": "M1"}


class Rig:
    """A door with its books; the self-tests are in the test's hands."""

    def __init__(self) -> None:
        self.charger = Charger()
        self.charger.unplug()
        self.charger.evse.register.identify(MeterIdentity("Eastron", "SDM630", "M1"))
        self.charger.read()
        self.books: dict[str, str] = {}
        self.result = "passed"
        self.door = self.open()

    def open(self) -> CommissioningDoor:
        """As after a start."""
        us: Any = self
        books = (us, us)
        return CommissioningDoor(
            self.charger.station, us, books, us, self.selftest, self.seal, IDENTITY
        )

    async def ask(self, action: str, **values: Any) -> dict[str, Any]:
        return await self.door.answer({"action": action, **values})

    async def proven(self) -> None:
        """All but the signature."""
        await self.ask("begin", installer="Ida", company="Strom & Söhne")
        await self.ask("enter", **MEASURED)
        self.charger.wait(1)

    async def selftest(self, arguments: dict[str, Any]) -> dict[str, Any]:
        tests = [
            {
                "evse_id": 0 if number == 30 else 1, "number": number, "name": f"test {number}",
                "result": self.result, "time": self.charger.now.isoformat(), "value": 20,
                "unit": "ms", "meaning": "",
            }
            for number in NUMBERS
        ]  # fmt: skip
        return {"tests": tests}

    async def seal(self, arguments: dict[str, Any]) -> dict[str, Any]:
        return {"seals": [], "required": False, "broken": None}

    # task, store, worker and clock

    async def put(self, event: Callable[..., Any]) -> None:
        for change in event(self.charger.now, self.charger.now_s).changes:
            assert isinstance(change, SaveMeta)
            self.books[change.key] = change.value

    async def settled(self) -> None:
        pass

    async def run(self, call: Callable[..., Any], *args: Any) -> Any:
        return call(*args)

    def meta(self, key: str) -> str | None:
        return self.books.get(key)

    def now(self) -> Any:
        return self.charger.now


async def test_a_charger_that_is_proven_gets_a_report_signed_by_its_own_key() -> None:
    rig = Rig()
    await rig.proven()
    assert (await rig.ask("show"))["is_ready"]
    told = await rig.ask("finish")
    assert told["result"] == "report 1 is signed"
    report = report_of(rig.books[KEPT])
    assert is_genuine(report)
    assert report.content["evses"][0]["entered"]["fuse_a"] == 32
    key = rig.books[KEY]
    for kind, begin in (("pdf", b"%PDF"), ("html", b"<!doctype"), ("json", b"{")):
        file = bytes.fromhex((await rig.ask("report", kind=kind))["hex"])
        assert file.startswith(begin)
        assert key.encode() not in file, "the key never leaves the books"
    await rig.proven()
    assert (await rig.ask("finish"))["report"]["number"] == 2
    assert report_of(rig.books[KEPT]).public_key == report.public_key


@pytest.mark.parametrize("result", ["failed", "not run", "running"])
async def test_nothing_is_signed_before_all_is_proven(result: str) -> None:
    rig = Rig()
    await rig.proven()
    rig.result = result
    with pytest.raises(LocalRefusedError, match="evse 1: meter"):
        await rig.ask("finish")
    assert KEPT not in rig.books


async def test_what_was_entered_is_there_after_a_start() -> None:
    rig = Rig()
    await rig.proven()
    rig.door = rig.open()
    told = await rig.ask("show")
    assert told["installer"] == "Ida"
    assert told["evses"][0]["entered"]["meter_serial"] == "M1"


@pytest.mark.parametrize(
    "kept", ["[]", '{"begun": 1}', "{", '{"begun": "2026-11-23", "evses": {"1": {"x": 1}}}']
)
async def test_a_draft_that_cannot_be_read_proves_nothing(kept: str) -> None:
    rig = Rig()
    rig.books[DRAFT] = kept
    assert (await rig.ask("show"))["begun"] is None
    with pytest.raises(LocalRefusedError, match="none is begun"):
        await rig.ask("finish")


@pytest.mark.parametrize(
    ("action", "change", "said"),
    [
        ("begin", {"installer": " "}, "installer"),
        ("begin", {"installer": "a\nb"}, "one line"),
        ("begin", {"installer": "Ida", "note": "x" * 501}, "500"),
        ("enter", {"evse": 2}, r"there are \[1\]"),
        ("enter", {"fuse_a": 5.9}, "6 to 125 A"),
        ("enter", {"fuse_a": True}, "6 to 125 A"),
        ("enter", {"fuse_a": float("nan")}, "6 to 125 A"),
        ("enter", {"rcd": "type AC"}, "type A, type B"),
        ("enter", {"rotation": "RRR"}, "RST, STR"),
        ("enter", {"meter_serial": 1}, "one line"),
        ("report", {"kind": "docx"}, "html, pdf, json"),
        ("report", {}, "no report yet"),
        ("dance", {}, "begin, enter"),
    ],
)
async def test_what_cannot_be_is_refused_and_changes_nothing(
    action: str, change: dict[str, Any], said: str
) -> None:
    rig = Rig()
    await rig.ask("begin", installer="Ida")
    before = dict(rig.books)
    values = MEASURED if action == "enter" else {}
    with pytest.raises(LocalRefusedError, match=said):
        await rig.ask(action, **{**values, **change})
    assert rig.books == before
