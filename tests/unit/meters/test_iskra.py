"""Iskra: begin and end are signed, and what was signed is carried to the last byte."""

import dataclasses
from datetime import UTC, datetime, timedelta, timezone

import pytest
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from ampkeeper.board.emulated.meter_models import MODELS
from ampkeeper.board.emulated.meter_twin import MeterImage
from ampkeeper.hal.errors import AbsentError, OpenTransactionError, TransientError, WrongDeviceError
from ampkeeper.hal.fake import FakeClock, MemoryModbusBus
from ampkeeper.hal.meters.iskra import (
    BEGIN,
    COMMAND,
    CONTROL,
    DATA,
    END,
    PUBLIC_KEY,
    IskraMeter,
)
from ampkeeper.hal.meters.make import shipped
from ampkeeper.hal.meters.registers import Block
from ampkeeper.hal.ports import MeterReading, SignedValue

UNIT = 33
AT = datetime(2026, 11, 22, 12, 0, tzinfo=timezone(timedelta(hours=-1)))
DATASET = b'{"FV":"1.0","GI":"AK-0001","ID":"04A224B1"}'


class Bench:
    def __init__(self) -> None:
        self.energy_wh = 12_340
        self.image = MeterImage(
            lambda: MeterReading(0.0, self.energy_wh), unit=UNIT, model=MODELS["wm3m4c"]
        )
        self.bus = MemoryModbusBus(self.image, write=self._write)
        self.clock = FakeClock()
        self.meter = IskraMeter(self.bus, UNIT, shipped("wm3m4c"), self.clock)
        assert self.image.signing is not None
        self.signing = self.image.signing

    async def another_life(self) -> IskraMeter:
        """The driver anew, as after a restart; the meter went on."""
        meter = IskraMeter(self.bus, UNIT, shipped("wm3m4c"), self.clock)
        await meter.open()
        return meter

    def _write(self, unit: int, address: int, values: tuple[int, ...]) -> None:
        assert unit == UNIT
        if code := self.image.write(address, values):
            raise WrongDeviceError(f"exception {code}")

    def register(self, address: int) -> int:
        return self.image(UNIT, 3, address, 1)[0]


@pytest.fixture
async def bench(monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr("ampkeeper.hal.meters.iskra.POLL_S", 0.0)
    made = Bench()
    await made.meter.open()
    return made


def verify(signed: SignedValue | None) -> bytes:
    """Return the data if the signature of the key that came along holds."""
    assert signed is not None
    point = b"\x04" + signed.public_key
    key = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    key.verify(signed.signature, signed.data, ec.ECDSA(hashes.SHA256()))
    return signed.data


async def test_begin_and_end_give_what_the_meter_signed(bench: Bench) -> None:
    first = await bench.meter.begin(DATASET, AT)
    assert verify(first.signed) == b"OCMF|21000001;12340|" + DATASET
    bench.energy_wh += 5_000
    last = await bench.meter.end()
    assert verify(last.signed) == b"OCMF|21000001;12340;21000001;17340|" + DATASET
    assert (first.energy_wh, last.energy_wh) == (12_340, 17_340)
    assert last.signed is not None
    assert last.signed.format == "4"
    assert bench.signing.commands == [BEGIN, END]


@pytest.mark.parametrize("size", [1, 2, 249, 250, 251, 700, 980])
async def test_data_of_every_length_is_carried_whole(bench: Bench, size: int) -> None:
    dataset = bytes(32 + number % 90 for number in range(size))
    signed = (await bench.meter.begin(dataset, AT)).signed
    assert bench.signing.dataset() == dataset
    assert verify(signed).endswith(dataset)


async def test_the_meter_is_given_the_time_and_its_zone(bench: Bench) -> None:
    await bench.meter.begin(DATASET, AT)
    unix_s = bench.register(7054) << 16 | bench.register(7055)
    assert datetime.fromtimestamp(unix_s, UTC) == AT
    assert bench.register(7053) == 0x10000 - 60
    assert bench.register(7071) == 2


async def test_an_open_transaction_is_not_begun_again(bench: Bench) -> None:
    await bench.meter.begin(DATASET, AT)
    with pytest.raises(OpenTransactionError, match="status is 1, a transaction is open"):
        await bench.meter.begin(DATASET, AT)
    await bench.meter.end()
    with pytest.raises(TransientError, match="no transaction is open"):
        await bench.meter.end()


async def test_a_signature_from_before_the_command_is_not_taken_for_its_own(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = await bench.meter.begin(DATASET, AT)
    write, read, waiting = bench.signing.write, bench.signing.read, [0, 0]

    def taken_up_later(address: int, values: tuple[int, ...]) -> int:
        waiting[:] = 5, values[0]
        return 0

    def read_meanwhile(address: int, count: int) -> tuple[int, ...] | int:
        waiting[0] -= 1
        if waiting[0] == 0:
            write(COMMAND, (waiting[1],))
        return read(address, count)

    monkeypatch.setattr(bench.signing, "write", taken_up_later)
    monkeypatch.setattr(bench.signing, "read", read_meanwhile)
    bench.energy_wh += 5_000
    last = await bench.meter.end()
    assert first.signed is not None
    assert verify(last.signed) == b"OCMF|21000001;12340;21000001;17340|" + DATASET


@pytest.mark.parametrize("address", [COMMAND, CONTROL.address, DATA[0].address, PUBLIC_KEY.address])
async def test_what_was_signed_can_be_had_after_the_line_failed(
    bench: Bench, monkeypatch: pytest.MonkeyPatch, address: int
) -> None:
    lost: list[int] = []
    words, write = bench.meter._words, bench.bus.write_register

    async def words_or_lost(block: Block) -> tuple[int, ...]:
        if block.address == address and bench.signing.commands and not lost:
            lost.append(address)
            raise TransientError("cut")
        return await words(block)

    async def carried_out_unanswered(*put: int, attempts: int = 2) -> None:
        await write(*put, attempts=attempts)
        if put[1] == address == COMMAND and not lost:
            lost.append(address)
            raise TransientError("no answer")

    monkeypatch.setattr(bench.meter, "_words", words_or_lost)
    monkeypatch.setattr(bench.bus, "write_register", carried_out_unanswered)
    with pytest.raises(TransientError):
        await bench.meter.begin(DATASET, AT)
    with pytest.raises(TransientError, match="a transaction is open"):
        await bench.meter.begin(b"another's", AT)
    first = await bench.meter.begin(DATASET, AT)
    assert verify(first.signed) == b"OCMF|21000001;12340|" + DATASET
    lost.clear()
    with pytest.raises(TransientError):
        await bench.meter.end()
    last = await bench.meter.end()
    assert verify(last.signed) == b"OCMF|21000001;12340;21000001;12340|" + DATASET
    assert bench.signing.commands == [BEGIN, END]
    with pytest.raises(TransientError, match="no transaction is open"):
        await bench.meter.end()


async def test_an_end_that_was_signed_but_not_read_is_read_after_a_restart(bench: Bench) -> None:
    begun = (await bench.meter.begin(DATASET, AT)).signed
    bench.energy_wh += 5_000
    await bench.bus.write_register(UNIT, COMMAND, END)
    bench.image.read(3, CONTROL.address, CONTROL.count)  # busy for two looks
    bench.image.read(3, CONTROL.address, CONTROL.count)
    bench.energy_wh += 7  # what the meter itself uses meanwhile is not in what it signed
    again = await bench.another_life()
    last = await again.end(begun)
    assert verify(last.signed) == b"OCMF|21000001;12340;21000001;17340|" + DATASET
    assert bench.signing.commands == [BEGIN, END]


async def test_an_open_transaction_is_ended_after_a_restart(bench: Bench) -> None:
    begun = (await bench.meter.begin(DATASET, AT)).signed
    bench.energy_wh += 5_000
    last = await (await bench.another_life()).end(begun)
    assert verify(last.signed) == b"OCMF|21000001;12340;21000001;17340|" + DATASET


async def test_what_another_meter_or_the_begin_signed_is_no_end(bench: Bench) -> None:
    first = (await bench.meter.begin(DATASET, AT)).signed
    assert first is not None
    last = (await bench.meter.end()).signed
    assert last is not None
    again = await bench.another_life()
    for begun in (None, last, dataclasses.replace(first, public_key=bytes(64))):
        with pytest.raises(TransientError, match="no transaction is open"):
            await again.end(begun)
    assert (await again.end(first)).signed == last


async def test_a_signature_that_fails_says_so(bench: Bench) -> None:
    bench.signing.fails = True
    with pytest.raises(WrongDeviceError, match="signature failed, status 128"):
        await bench.meter.begin(DATASET, AT)


async def test_a_signature_that_never_comes_is_not_waited_for_for_ever(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ampkeeper.board.emulated.iskra_signing.BUSY_READS", 1_000)
    read = bench.image.read

    def slowly(function: int, address: int, count: int) -> tuple[int, ...] | int:
        bench.clock.pass_s(1.0)
        return read(function, address, count)

    monkeypatch.setattr(bench.image, "read", slowly)
    with pytest.raises(TransientError, match="no signature in 10 s"):
        await bench.meter.begin(DATASET, AT)


async def test_what_cannot_be_handed_over_is_refused_before_the_meter_is_asked(
    bench: Bench,
) -> None:
    for dataset in (b"", b"x" * 1_025):
        with pytest.raises(ValueError, match="must be 1 to 1024"):
            await bench.meter.begin(dataset, AT)
    with pytest.raises(ValueError, match="has no time zone"):
        await bench.meter.begin(DATASET, AT.replace(tzinfo=None))
    bench.meter.close()
    with pytest.raises(AbsentError, match="not open"):
        await bench.meter.end()
    assert bench.signing.commands == []


async def test_a_plain_reading_is_not_signed(bench: Bench) -> None:
    assert (await bench.meter.read()).signed is None


async def test_its_identity_has_the_key_by_which_its_signatures_are_checked(bench: Bench) -> None:
    identity = await bench.meter.open()
    key = serialization.load_der_public_key(identity.public_key)
    assert key == bench.signing.key.public_key()


async def test_a_meter_without_a_key_tells_none(bench: Bench) -> None:
    bench.signing._put(PUBLIC_KEY.address, bytes(64))
    assert (await bench.meter.open()).public_key == b""


async def test_a_key_that_cannot_be_read_is_an_absent_meter(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(block: Block) -> tuple[int, ...]:
        if block == PUBLIC_KEY:
            raise TransientError("no answer")
        return await words(block)

    words = bench.meter._words
    monkeypatch.setattr(bench.meter, "_words", fail)
    with pytest.raises(AbsentError, match="public key: no answer"):
        await bench.meter.open()
    with pytest.raises(AbsentError):
        await bench.meter.read()
