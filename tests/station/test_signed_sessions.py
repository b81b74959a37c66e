"""Sessions on a meter that signs: begin and end are in the books as it signed them, to the byte.

The meter is the shipped Iskra driver over its twin, whose signatures are real ones; it lives on
the mains, so it goes on while the charger is off. Mostly no central system answers: every fact
stays in the outbox, where it is looked at.
"""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from ampkeeper.board.emulated.meter_models import MODELS
from ampkeeper.board.emulated.meter_twin import MeterImage
from ampkeeper.board.emulated.virtual_charger import VirtualCharger
from ampkeeper.board.emulated.virtual_time import LoopClock, run_virtual
from ampkeeper.firmware.facts import Fact, TransactionEnded, TransactionStarted
from ampkeeper.firmware.station.signing import SIGN_S
from ampkeeper.firmware.store.facts_codec import decode
from ampkeeper.firmware.store.store import STORE_FILE
from ampkeeper.hal.errors import WrongDeviceError
from ampkeeper.hal.fake import MemoryModbusBus
from ampkeeper.hal.meters.iskra import BEGIN, END, IskraMeter
from ampkeeper.hal.meters.make import shipped
from ampkeeper.hal.ports import Meter, SignedValue
from tests.station.test_cut_at_every_write import cut_at
from tests.support.rig import CAR, CARD, VERSIONS

UNIT = 33
CUTS = (3, 6, 8, 9, 10, 12)  # of the store's calls in one session


class SigningCharger(VirtualCharger):
    """A charger with a meter that signs, alone in the world."""

    def __init__(self, folder: Path, version: str = "2.0.1") -> None:
        folder.mkdir(exist_ok=True)
        told = (("authorise.tags", f'["{CARD}"]'), ("ocpp.versions", f'["{version}"]'))
        super().__init__(folder, sets=told)
        self.image = MeterImage(lambda: self.car.meter_reading(), unit=UNIT, model=MODELS["wm3m4c"])
        assert self.image.signing is not None
        self.signing = self.image.signing
        self.meters = {1: self._driver}

    async def told_key(self) -> bytes:
        """What GetConfiguration says of MeterPublicKey1."""
        await self.until(lambda: self.app.desk.metering.public_keys() != {1: b""})
        return self.app.desk.metering.public_keys()[1]

    def _driver(self) -> Meter:
        bus = MemoryModbusBus(self.image, write=self._write)
        return IskraMeter(bus, UNIT, shipped("wm3m4c"), LoopClock())

    def _write(self, unit: int, address: int, values: tuple[int, ...]) -> None:
        if code := self.image.write(address, values):
            raise WrongDeviceError(f"exception {code}")

    async def charge(self, for_s: float = 20.0) -> None:
        self.csms.versions = ()  # nobody answers
        await self.until(lambda: self.status() == "Available")
        self.plug(**CAR)
        self.swipe(CARD)
        await self.until(lambda: self.status() == "Charging", 90)
        await asyncio.sleep(for_s)

    async def stop(self) -> None:
        self.swipe(CARD)
        await self.over()

    async def over(self) -> None:
        await self.until(lambda: self.app.station.evses[1].transaction is None, 90)

    def facts(self) -> list[Fact]:
        with closing(sqlite3.connect(self.state_dir / STORE_FILE)) as books:
            rows = books.execute("SELECT fact FROM outbox ORDER BY id").fetchall()
        return [decode(text) for (text,) in rows]

    def signed(self) -> list[tuple[SignedValue | None, SignedValue | None]]:
        """What the books hold of each transaction: signed begin and signed end."""
        ends = [fact for fact in self.facts() if isinstance(fact, TransactionEnded)]
        starts = [fact for fact in self.facts() if isinstance(fact, TransactionStarted)]
        assert [fact.tx_id for fact in ends] == [fact.tx_id for fact in starts]
        assert [fact.begin for fact in ends] == [fact.begin for fact in starts]
        return [(fact.begin.reading.signed, fact.end.reading.signed) for fact in ends]

    def verified(self, signed: SignedValue | None) -> tuple[list[str], dict[str, str]]:
        """The values and the charger's own words, if the meter's signature over them holds."""
        assert signed is not None
        public = ec.EllipticCurvePublicKey.from_encoded_point(
            ec.SECP256R1(), b"\x04" + signed.public_key
        )
        public.verify(signed.signature, signed.data, ec.ECDSA(hashes.SHA256()))
        assert public.public_numbers() == self.signing.key.public_key().public_numbers()
        _, shown, body = signed.data.decode().split("|")
        return shown.split(";"), json.loads(body)


def booked_wh(shown: str) -> int:
    """What its register, in tens of Wh, has of a value that it signed."""
    return round(int(shown), -1)


@pytest.fixture
def made(tmp_path: Path) -> SigningCharger:
    return SigningCharger(tmp_path)


def test_a_session_has_a_signed_begin_and_a_signed_end(made: SigningCharger) -> None:
    async def play() -> None:
        async with made.running():
            await made.charge()
            await made.stop()
            assert made.trace.of("signature_missing") == []

    run_virtual(play())
    ((begin, end),) = made.signed()
    shown, said = made.verified(begin)
    assert (said["IT"], said["ID"], said["GS"], said["IS"]) == ("ISO14443", CARD, "AK-0001", True)
    started = next(fact for fact in made.facts() if isinstance(fact, TransactionStarted))
    ended = next(fact for fact in made.facts() if isinstance(fact, TransactionEnded))
    assert shown[0] == "21000001"
    assert booked_wh(shown[1]) == started.begin.reading.energy_wh
    shown, said_at_end = made.verified(end)
    assert booked_wh(shown[3]) == ended.end.reading.energy_wh
    assert int(shown[3]) > int(shown[1])
    assert said_at_end == said
    assert made.signing.commands == [BEGIN, END]
    samples = [fact for fact in made.facts() if not isinstance(fact, TransactionStarted)][:-1]
    assert all(fact.sample is None or fact.sample.reading.signed is None for fact in samples)


def test_a_session_goes_on_over_a_power_cut_and_its_end_is_signed(made: SigningCharger) -> None:
    async def play() -> None:
        async with made.running():
            await made.charge()
        async with made.running():
            await made.until(lambda: made.status() == "Charging", 60)
            await asyncio.sleep(20)
            await made.stop()

    run_virtual(play())
    ((begin, end),) = made.signed()
    assert made.verified(end)[0][:2] == made.verified(begin)[0]
    assert made.signing.commands == [BEGIN, END]


def test_an_end_that_was_signed_when_the_power_went_is_in_the_books(made: SigningCharger) -> None:
    async def play() -> None:
        async with made.running():
            await made.charge()
            made.swipe(CARD)
            await made.until(lambda: made.signing.commands == [BEGIN, END], 60)
        async with made.running():
            await made.until(lambda: made.app.station.evses[1].transaction is not None)
            await made.over()

    run_virtual(play())
    ((begin, end),) = made.signed()
    assert made.verified(end)[0][:2] == made.verified(begin)[0]
    assert made.signing.commands == [BEGIN, END]


def test_a_begin_that_no_books_know_of_is_ended_before_the_next(made: SigningCharger) -> None:
    async def play() -> None:
        async with made.running():
            made.csms.versions = ()
            await made.until(lambda: made.status() == "Available")
            made.plug(**CAR)
            made.swipe(CARD)
            await made.until(lambda: made.signing.commands == [BEGIN], 60)
        async with made.running():
            await made.until(lambda: made.app.station.evses[1].is_plugged, 60)
            made.swipe(CARD)
            await made.until(lambda: made.status() == "Charging", 90)
            await made.stop()

    run_virtual(play())
    ((begin, end),) = made.signed()
    assert made.verified(end)[0][:2] == made.verified(begin)[0]
    assert made.signing.commands == [BEGIN, END, BEGIN, END]


def test_a_meter_that_cannot_sign_holds_nobody_up_for_long_and_that_is_told(
    made: SigningCharger,
) -> None:
    async def play() -> float:
        async with made.running():
            made.signing.fails = True
            began_s = asyncio.get_running_loop().time()
            await made.charge(0.0)
            took_s = asyncio.get_running_loop().time() - began_s
            await asyncio.sleep(20)
            await made.stop()
            assert made.seen()["faults"] == []
            return took_s

    took_s = run_virtual(play())
    assert SIGN_S <= took_s <= SIGN_S + 30
    assert made.signed() == [(None, None)]
    told = [fields["context"] for fields in made.trace.of("signature_missing")]
    assert told == ["Transaction.Begin"]


def test_an_end_that_cannot_be_signed_ends_all_the_same(made: SigningCharger) -> None:
    async def play() -> None:
        async with made.running():
            await made.charge()
            made.signing.fails = True
            await made.stop()
            made.signing.fails = False
            made.unplug()
            await made.until(lambda: made.status() == "Available", 60)
            await made.charge()
            await made.stop()

    run_virtual(play())
    (begin, end), (begin_again, end_again) = made.signed()
    assert begin is not None
    assert end is None
    assert made.verified(end_again)[0][:2] == made.verified(begin_again)[0]
    told = [fields["context"] for fields in made.trace.of("signature_missing")]
    assert told == ["Transaction.End"]


@pytest.mark.parametrize("version", VERSIONS)
def test_a_signed_session_is_told_as_any_other(tmp_path: Path, version: str) -> None:
    made = SigningCharger(tmp_path, version)

    async def play() -> None:
        async with made.running():
            await made.until(lambda: made.csms.links != {} and made.status() == "Available")
            made.plug(**CAR)
            made.swipe(CARD)
            await made.until(lambda: made.status() == "Charging", 90)
            await asyncio.sleep(20)
            await made.stop()
            await made.until(lambda: made.app.task.owed.count == 0)

    run_virtual(play())
    (booked,) = made.csms.books.transactions.values()
    assert (booked.starts, booked.stops, booked.reason) == (1, 1, "Local")
    assert made.csms.rejected == []
    assert made.signing.commands == [BEGIN, END]


@pytest.mark.parametrize("is_after", [False, True])
@pytest.mark.parametrize("number", CUTS)
def test_wherever_the_power_goes_begin_and_end_are_signed(
    tmp_path: Path, number: int, is_after: bool
) -> None:
    made = SigningCharger(tmp_path)

    async def a_session() -> None:
        await made.charge()
        await made.stop()
        await asyncio.sleep(5)

    async def play() -> None:
        async with made.running():
            made.csms.versions = ()
            cut = cut_at(made, number, is_after)
            tasks = {asyncio.ensure_future(work) for work in (a_session(), cut.wait())}
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            assert cut.is_set(), "the session has fewer writes"
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
        async with made.running():
            await made.until(lambda: made.app.station.evses[1].is_plugged, 60)
            await asyncio.sleep(60)
            if made.app.station.is_busy:
                await made.stop()

    run_virtual(play())
    for begin, end in made.signed():
        assert made.verified(end)[0][:2] == made.verified(begin)[0]
    assert made.signing.commands[0::2] == [BEGIN] * ((len(made.signing.commands) + 1) // 2)
    assert made.signing.commands[1::2] == [END] * (len(made.signing.commands) // 2)


def test_the_key_of_the_meter_is_told_before_any_session(tmp_path: Path) -> None:
    async def play() -> None:
        made = SigningCharger(tmp_path)
        async with made.running():
            key = load_der_public_key(await made.told_key())
        assert key == made.signing.key.public_key()

    run_virtual(play())
