"""Cases of certification, M and B: a root that replaces another, with real handshakes."""

from pathlib import Path

import pytest

from ampkeeper.firmware.certificates.reading import fingerprint
from tests.conformance.ocpp201.guarded201 import Guarded201
from tests.support.doors import Door
from tests.support.pki import Authority
from tests.support.rig import STATION

ROOT = "CSMSRootCertificate"
PRIORITY = "OCPPCommCtrlr.NetworkConfigurationPriority"


class Renewed(Guarded201):
    """One whose root is installed, of which there is one (AdditionalRootCertificateCheck).

    ``new`` is signed by it and installed too.
    """

    def __init__(self, folder: Path) -> None:
        super().__init__(folder, 2, f"{CHECK} = true, {ATTEMPTS} = 1")
        del self._sets["ocpp.ca_file"]
        self.new = self.top.below("Operator's new root")
        self.other: Door

    async def free(self) -> None:
        """With both roots, and the other door open."""
        await self.install_root()
        await super().free()
        told = {"certificateType": ROOT, "certificate": self.new.pem}
        assert await self.status_of("InstallCertificate", told) == "Accepted"
        assert await self.roots() == {serial(self.top), serial(self.new)}

    async def roots(self) -> set[str]:
        """The serial numbers of the roots for the central system, as they are told."""
        asked = {"certificateType": [ROOT]}
        answer = await self.ask("GetInstalledCertificateIds", asked)
        chain = answer["certificateHashDataChain"]
        return {each["certificateHashData"]["serialNumber"] for each in chain}

    async def prefer_other(self, top: Authority) -> None:
        """Slot 2, whose certificate is by ``top``, comes first after the restart that begins."""
        self.other = await self.csms.open(self.a_door(2, top))
        assert await self.fill(2, self.other, 2) == "Accepted"
        (result,) = await self.put({PRIORITY: "2,1"})
        assert result["attributeStatus"] == "RebootRequired"
        assert await self.reset("OnIdle") == "Accepted"


CHECK = '"SecurityCtrlr.AdditionalRootCertificateCheck"'
ATTEMPTS = '"OCPPCommCtrlr.NetworkProfileConnectionAttempts"'


def serial(top: Authority) -> str:
    return f"{top.certificate.serial_number:x}"


@pytest.fixture
def bench(tmp_path: Path) -> Renewed:
    return Renewed(tmp_path)


def test_tc_m_30_the_old_root_goes_when_the_new_one_was_enough(bench: Renewed) -> None:
    """M05.FR.13."""

    async def case(made: Renewed) -> None:
        mark = made.mark()
        assert await made.reset("OnIdle") == "Accepted"
        await made.csms.rearm(made.door, made.face(top=made.new))
        await made.booted(mark, "RemoteReset")
        await made.until(lambda: made.app.security.count_installed() == 1)
        assert await made.roots() == {serial(made.new)}

    bench.play(case)


def test_tc_m_31_the_old_root_still_counts_where_it_was_in_use(bench: Renewed) -> None:
    """M05.FR.14."""

    async def case(made: Renewed) -> None:
        mark = made.mark()
        assert await made.reset("OnIdle") == "Accepted"
        await made.booted(mark, "RemoteReset")
        assert made.door.visits[-1].tls_version is not None
        assert await made.roots() == {serial(made.top), serial(made.new)}

    bench.play(case)


def test_tc_b_47_the_old_root_does_not_count_at_another_central_system(bench: Renewed) -> None:
    """M05.FR.15, FR.16: it goes back to the one where it counts, also after a power cut."""

    async def case() -> None:
        async with bench.running():
            await bench.free()
            mark = bench.mark()
            await bench.prefer_other(bench.top)
            await bench.booted(mark, "RemoteReset")
            visits = len(bench.door.visits)
            assert visits == 2
            await bench.until(lambda: bench.told_events("InvalidCsmsCertificate") >= 1)
        async with bench.running():
            await bench.visited(visits + 1)
            assert bench.other.visits == []
            assert await bench.roots() == {serial(bench.top), serial(bench.new)}

    bench.play_lives(case())


def test_tc_b_50_it_migrates_by_the_new_root(bench: Renewed) -> None:
    """M05.FR.13, B10.FR.04."""

    async def case(made: Renewed) -> None:
        mark = made.mark()
        await made.prefer_other(made.new)
        await made.booted(mark, "RemoteReset")
        assert len(made.other.visits) == 1
        await made.until(lambda: made.app.security.count_installed() == 1)
        assert await made.roots() == {serial(made.new)}
        assert STATION in made.csms.links
        assert fingerprint(made.top.certificate) not in made.app.security.roots_pem("")

    bench.play(case)
