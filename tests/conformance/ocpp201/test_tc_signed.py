"""Cases of certification, E and J: a meter that signs, over the twin of a real one."""

import json
from base64 import b64decode
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import load_der_public_key

from ampkeeper.board.emulated.meter_models import MODELS
from ampkeeper.board.emulated.meter_twin import MeterImage
from ampkeeper.board.emulated.virtual_time import LoopClock
from ampkeeper.hal.errors import WrongDeviceError
from ampkeeper.hal.fake import MemoryModbusBus
from ampkeeper.hal.meters.iskra import IskraMeter
from ampkeeper.hal.meters.make import shipped
from ampkeeper.hal.ports import Meter
from tests.conformance.ocpp201.bench201 import CARD, Bench201, Payload, central

UNIT = 33
SIGN_S = 90.0
BEGIN, END = "Transaction.Begin", "Transaction.End"


class SigningBench(Bench201):
    """The charger of one case, with a meter that signs."""

    def __init__(self, *args: Any, **sets: str) -> None:
        super().__init__(*args, **sets)
        self.image = MeterImage(lambda: self.car.meter_reading(), unit=UNIT, model=MODELS["wm3m4c"])
        self.meters = {1: self._driver}

    def _driver(self) -> Meter:
        bus = MemoryModbusBus(self.image, write=self._write)
        return IskraMeter(bus, UNIT, shipped("wm3m4c"), LoopClock())

    def _write(self, unit: int, address: int, values: tuple[int, ...]) -> None:
        if code := self.image.write(address, values):
            raise WrongDeviceError(f"exception {code}")


@pytest.fixture
def signing(tmp_path: Path) -> SigningBench:
    return SigningBench(tmp_path)


def signed_values(event: Payload) -> dict[str, Payload]:
    """What an event has of the meter's signatures, by context."""
    return {
        value["context"]: value["signedMeterValue"]
        for row in event.get("meterValue", [])
        for value in row["sampledValue"]
        if "signedMeterValue" in value
    }


def verified(signed: Payload, key: str) -> bytes:
    """What was signed, if the meter's signature holds under the key that came along."""
    form, base, kind, printed = b64decode(key).decode().split(":")
    assert (form, base, kind) == ("oca", "base16", "asn1")
    public = load_der_public_key(bytes.fromhex(printed))
    assert isinstance(public, ec.EllipticCurvePublicKey)
    assert signed["signingMethod"] == "ECDSA-secp256r1-SHA256"
    assert signed["encodingMethod"]
    parts = json.loads(b64decode(signed["signedMeterData"]))
    data = b64decode(parts["data"])
    public.verify(b64decode(parts["signature"]), data, ec.ECDSA(hashes.SHA256()))
    return data


@pytest.mark.parametrize("start", ["DataSigned", "EVConnected"])
def test_tc_e_11_and_tc_j_11_begin_and_end_are_told_as_the_meter_signed_them(
    signing: SigningBench, start: str
) -> None:
    """Only these does it sign. A begin that came before the token is signed once that is known."""

    async def case(made: SigningBench) -> None:
        await made.configure(SampledDataCtrlr__SignReadings=True)
        await made.configure(TxCtrlr__TxStartPoint=start)
        if start == "EVConnected":
            await made.ev_connected()
            await made.authorized()
        else:
            await made.authorized()
            await made.ev_connected()
        await made.until(lambda: "Charging" in made.states(), SIGN_S)
        first = next(each for each in made.events() if signed_values(each))
        assert first["triggerReason"] == "SignedDataReceived"
        assert first["eventType"] == ("Started" if start == "DataSigned" else "Updated")
        begin = signed_values(first)[BEGIN]
        if start == "DataSigned":
            assert first["idToken"] == central(CARD)
        made.swipe(CARD)
        await made.until(lambda: made.events("Ended") != [], SIGN_S)
        (ended,) = made.events("Ended")
        found = signed_values(ended)
        assert verified(found[BEGIN], begin["publicKey"]) == verified(begin, begin["publicKey"])
        assert verified(found[END], found[END]["publicKey"])
        await made.settle()

    signing.play(case)
    assert len(signing.check()) == 1


@pytest.mark.parametrize(
    ("wanted", "at_begin", "at_end"),
    [("Never", False, False), ("OncePerTransaction", True, False)],
)
def test_the_key_goes_along_as_it_is_wanted(
    signing: SigningBench, wanted: str, at_begin: bool, at_end: bool
) -> None:
    async def case(made: SigningBench) -> None:
        await made.configure(
            SampledDataCtrlr__SignReadings=True,
            OCPPCommCtrlr__PublicKeyWithSignedMeterValue=wanted,
        )
        await made.ev_connected()
        await made.authorized()
        await made.until(lambda: "Charging" in made.states(), SIGN_S)
        (started,) = made.events("Started")
        assert bool(signed_values(started)[BEGIN]["publicKey"]) == at_begin
        made.swipe(CARD)
        await made.until(lambda: made.events("Ended") != [], SIGN_S)
        assert bool(signed_values(made.events("Ended")[0])[END]["publicKey"]) == at_end
        await made.settle()

    signing.play(case)
    signing.check()


def test_unasked_nothing_signed_is_told(signing: SigningBench) -> None:
    async def case(made: SigningBench) -> None:
        await made.ev_connected()
        await made.authorized()
        await made.until(lambda: "Charging" in made.states(), SIGN_S)
        made.swipe(CARD)
        await made.until(lambda: made.events("Ended") != [], SIGN_S)
        assert [each for each in made.events() if signed_values(each)] == []
        await made.settle()

    signing.play(case)
    signing.check()
