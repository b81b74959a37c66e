"""A whole station and somebody who speaks ISO 15118 beside it: what a board to come will find.

The station's program, its store and its OCPP are the shipped ones; the test plays the ISO 15118
side at ``App.secc`` and ``App.car_requests``, and the central system with its CA and responder.
"""

from pathlib import Path
from typing import Any

import pytest

from ampkeeper.board.emulated.demo.csms import Frame, StationLink
from ampkeeper.board.emulated.virtual_time import START_UTC
from ampkeeper.firmware.ocpp.ports.secc import AskContract
from ampkeeper.firmware.station.car_requests import Contract
from ampkeeper.firmware.station.secc import Shown
from tests.conformance.ocpp201.bench201 import Bench201, FamilyCsms201, Payload
from tests.support.pki import Authority, ocsp_response, subject

SETS = {
    "ocpp__keys": "{CertificateChangesWithoutTls = true}",
    "ocpp__variables": '{"SecurityCtrlr.OrganizationName" = "Operator"}',
}
SECC_ID = "DE-ICE-S-0003C4D5578786756453309675436-2"
CHAIN, FOR_CARS = "V2GCertificateChain", "V2GCertificate"
ASK_AT = "http://ocsp.example/"


class CarCsms(FamilyCsms201):
    """A central system with a responder and a pool of contracts."""

    certificates: dict[str, Any]  # (certificate, its issuer) by serial number

    def _answer(self, link: StationLink, message_id: str, action: str, payload: Any) -> Frame:
        frame = super()._answer(link, message_id, action, payload)
        if frame[0] != 3:
            return frame
        if action == "GetCertificateStatus":
            whose, by = self.certificates[payload["ocspRequestData"]["serialNumber"]]
            text = ocsp_response(whose, by, self._now())
            return [*frame[:2], {"status": "Accepted", "ocspResult": text}]
        if action == "Get15118EVCertificate":
            return [*frame[:2], {"status": "Accepted", "exiResponse": payload["exiRequest"][::-1]}]
        return frame


class CarBench(Bench201):
    """A charger with a V2G root, and a CA below it."""

    kind = CarCsms

    def __init__(self, folder: Path, version: str) -> None:
        self.version = version
        super().__init__(folder, **SETS)
        self.kind.certificates = self.certificates = {}
        self.kind.signing = "Accepted"
        self.root = Authority("V2G root", START_UTC)
        self.below = self.root.below("V2G sub-CA", responder=ASK_AT)
        self.know(self.below.certificate, self.root)

    def know(self, certificate: Any, issuer: Authority) -> None:
        """The responder knows it."""
        self.certificates[f"{certificate.serial_number:x}"] = (certificate, issuer)

    async def have_signed(self) -> str:
        """The central system has a certificate for cars signed; its serial number."""
        mark = self.mark()
        asked = {"certificateType": "V2GRootCertificate", "certificate": self.root.pem}
        assert await self.status_of("InstallCertificate", asked) == "Accepted"
        assert await self.trigger("SignV2GCertificate") == "Accepted"
        await self.until(lambda: self.since(mark, "SignCertificate") != [])
        told = self.since(mark, "SignCertificate")[-1]
        assert told["certificateType"] == FOR_CARS
        issued = self.below.sign(told["csr"], responder=ASK_AT)
        self.know(issued.certificate, self.below)
        chain = {"certificateChain": issued.chain_pem, "certificateType": FOR_CARS}
        assert await self.status_of("CertificateSigned", chain) == "Accepted"
        return f"{issued.certificate.serial_number:x}"

    async def chains(self) -> list[Payload]:
        """The chains that are listed."""
        answer = await self.ask("GetInstalledCertificateIds", {"certificateType": [CHAIN]})
        return list(answer.get("certificateHashDataChain", []))

    def shown(self) -> Shown:
        """What a car would see."""
        (shown,) = self.app.secc.shown()
        return shown


@pytest.fixture(params=["2.0.1", "2.1"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> CarBench:
    return CarBench(tmp_path, request.param)


def test_a_certificate_for_cars_is_signed_told_and_proven(bench: CarBench) -> None:
    """A02.FR.13, M03.FR.05, M06.FR.06, FR.07; the proof survives a power cut."""

    async def story() -> None:
        async with bench.running():
            await bench.free()
            bench.app.secc.attach(SECC_ID)
            own = await bench.have_signed()
            await bench.until(lambda: all(bench.shown().statuses))
            (row,) = await bench.chains()
            assert row["certificateHashData"]["serialNumber"] == own
            (child,) = row["childCertificateHashData"]
            asked = [told["ocspRequestData"] for told in bench.calls("GetCertificateStatus")]
            assert [each["serialNumber"] for each in asked] == [own, child["serialNumber"]]
            assert {each["responderURL"] for each in asked} == {ASK_AT}
            gone = {"certificateHashData": row["certificateHashData"]}
            assert await bench.status_of("DeleteCertificate", gone) == "Failed"
            before = bench.shown()
        async with bench.running():
            bench.app.secc.attach(SECC_ID)
            await bench.free()
            assert bench.shown() == before
            assert len(bench.calls("GetCertificateStatus")) == 2

    bench.play_lives(story())


def test_a_car_gets_its_contract(bench: CarBench) -> None:
    """M01.FR.01, M02.FR.01; without a central system it is told at once that it failed."""
    told: list[Contract | None] = []
    install = AskContract("urn:iso:15118:2:2013:MsgDef", "Install", "QUJD")

    async def case(made: Bench201) -> None:
        assert bench.app.car_requests.ask_contract(install, told.append)
        await bench.until(lambda: told != [])
        assert told == [Contract(True, "DJUQ")]
        assert [each["action"] for each in bench.calls("Get15118EVCertificate")] == ["Install"]
        bench.csms.drop("AK0001")
        await bench.until(lambda: not bench.registered)
        assert bench.app.car_requests.ask_contract(install, told.append)
        await bench.until(lambda: len(told) == 2, 5)
        assert told[1] is None

    bench.play(case)


def test_where_nobody_speaks_iso_15118_nothing_of_it_is_said(bench: CarBench) -> None:
    async def case(made: Bench201) -> None:
        assert await bench.trigger("SignV2GCertificate") == "NotImplemented"
        asked = {"certificateChain": bench.below.issue(subject("X")).pem}
        kind = {"certificateType": FOR_CARS}
        assert await bench.status_of("CertificateSigned", asked | kind) == "Rejected"
        assert await bench.chains() == []

    bench.play(case)
