"""Roots of ISO 15118 by DataTransfer: kept over a power cut, listed, and deleted."""

import json
from pathlib import Path
from typing import Any

from tests.conformance.ocpp16.bench16 import Bench
from tests.support.pki import Authority

VENDOR = "org.openchargealliance.iso15118pnc"
SETS = {
    "ocpp__keys__ISO15118CertificateManagementEnabled": "true",
    "ocpp__keys__CertificateChangesWithoutTls": "true",
}


async def tell(made: Bench, message_id: str, body: dict[str, Any]) -> dict[str, Any]:
    """Send one; what the station answers inside."""
    asked = {"vendorId": VENDOR, "messageId": message_id, "data": json.dumps(body)}
    answer = await made.ask("DataTransfer", asked)
    assert answer["status"] == "Accepted", answer
    return dict(json.loads(answer["data"]))


def test_a_root_is_kept_until_it_is_deleted(tmp_path: Path) -> None:
    bench = Bench(tmp_path, **SETS)
    kind = "V2GRootCertificate"

    async def story() -> None:
        async with bench.running():
            await bench.free()
            asked = {"certificateType": kind, "certificate": Authority("V2G root").pem}
            assert await tell(bench, "InstallCertificate", asked) == {"status": "Accepted"}
        async with bench.running():
            await bench.free()
            (row,) = (await tell(bench, "GetInstalledCertificateIds", {}))[
                "certificateHashDataChain"
            ]
            assert row["certificateType"] == kind
            gone = {"certificateHashData": row["certificateHashData"]}
            assert await tell(bench, "DeleteCertificate", gone) == {"status": "Accepted"}
            assert await tell(bench, "GetInstalledCertificateIds", {}) == {"status": "NotFound"}

    bench.play_lives(story())
