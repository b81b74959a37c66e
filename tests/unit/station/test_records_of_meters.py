"""What a meter signed is kept under the name of the curve that its key is on."""

import pytest

from ampkeeper.firmware.billing import ocmf, ocmf_keys
from ampkeeper.firmware.station.signed_records import of_meter
from ampkeeper.hal.ports import SignedValue

PAYLOAD = '{"FV":"1.0","PG":"T1","RD":[{"RV":1.0,"RU":"kWh"}]}'


@pytest.mark.parametrize("algorithm", ocmf_keys.CURVES)
def test_a_record_of_any_curve_is_checked_by_the_meter_s_key(algorithm: str) -> None:
    key = ocmf_keys.make_key(algorithm)
    public = ocmf_keys.public_key(key)
    signature = bytes.fromhex(ocmf_keys.sign(PAYLOAD, key).signature)
    signed = SignedValue(PAYLOAD.encode(), signature, "4", bytes.fromhex(public))
    kept = of_meter("tx-1", "Transaction.Begin", signed)
    assert kept.format == "OCMF"
    record = ocmf.read(kept.text)
    assert record.algorithm == algorithm
    ocmf_keys.check(record, public)


def test_by_a_key_that_cannot_be_read_no_curve_is_claimed() -> None:
    kept = of_meter("tx-1", "Transaction.Begin", SignedValue(PAYLOAD.encode(), b"1", "4", b"key"))
    assert (kept.format, PAYLOAD.encode().hex() in kept.text) == ("layout 4", True)
