"""Certificates for cars: asked for, shown with their OCSP responses, renewed, kept."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID

from ampkeeper.firmware.store.changes import SaveMeta
from tests.support.pki import YEAR, Authority

from .car_bench import ASK_AT, SECC_ID, CarBench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[CarBench]:
    made = CarBench(tmp_path)
    yield made
    made.store.close()


def test_nothing_is_asked_for_where_nobody_speaks_iso_15118(bench: CarBench) -> None:
    bench.have_signed()
    bench.secc.attach("")
    bench.follow()
    assert (bench.asked, bench.secc.is_there, bench.secc.chains()) == ([], False, ())


def test_the_request_to_sign_names_secc_and_operator_and_its_root(bench: CarBench) -> None:
    """A02.FR.13; 2.1 A02.FR.22, FR.27."""
    bench.secc.ask_signature()
    payload, _ = bench.take("SignCertificate")
    csr = x509.load_pem_x509_csr(payload["csr"].encode())
    names = {each.oid: each.value for each in csr.subject}
    assert names == {NameOID.COMMON_NAME: SECC_ID, NameOID.ORGANIZATION_NAME: "Operator"}
    assert payload["certificateType"] == "V2GCertificate"
    assert payload["hashRootCertificate"]["serialNumber"] == format(
        bench.root.certificate.serial_number, "x"
    )


def test_without_an_operator_nothing_is_asked_for(bench: CarBench) -> None:
    bench.settings.change("SecurityCtrlr.OrganizationName", "")
    assert not bench.secc.can_ask_signature()


def test_a_certificate_of_the_central_systems_root_is_not_for_cars(bench: CarBench) -> None:
    """A02.FR.06, FR.07: it has to lead to a V2G root."""
    central = Authority()
    assert bench.security.install("CentralSystemRoot", central.pem) == "accepted"
    bench.secc.ask_signature()
    payload, _ = bench.take("SignCertificate")
    issued = central.sign(payload["csr"])
    assert not bench.secc.take_signed(issued.chain_pem)
    assert bench.last_event()[0] == "InvalidChargePointCertificate"
    assert bench.secc.shown() == ()


def test_one_that_was_not_asked_for_is_refused(bench: CarBench) -> None:
    issued = bench.have_signed()
    assert not bench.secc.take_signed(issued.chain_pem)


def test_the_status_of_certificate_and_cas_is_asked_for_one_after_another(
    bench: CarBench,
) -> None:
    """M06.FR.06, FR.07."""
    issued = bench.have_signed()
    bench.follow()
    asked = bench.asked[0][0].payload["ocspRequestData"]
    assert asked["responderURL"] == ASK_AT
    whose = []
    for _ in range(2):
        whose.append(bench.answer_status(issued))
        bench.follow(0.5)
    assert (whose, bench.asked) == (["own", "CA"], [])


def test_what_is_shown_is_the_chain_its_key_and_a_status_of_each(bench: CarBench) -> None:
    issued = bench.have_signed()
    (shown,) = bench.secc.shown()
    assert shown.statuses == ("", "")
    for _ in range(2):
        bench.follow(0.5)
        bench.answer_status(issued)
    (shown,) = bench.secc.shown()
    assert shown.chain_pem == issued.chain_pem
    assert "PRIVATE KEY" in shown.key_pem
    assert all(shown.statuses)
    bench.days(3)
    assert bench.secc.shown()[0].statuses == ("", "")


def with_statuses(bench: CarBench, lasts: timedelta = timedelta(days=30)) -> None:
    issued = bench.have_signed()
    for _ in range(2):
        bench.follow(0.5)
        bench.answer_status(issued, lasts)
    bench.follow(0.5)
    assert bench.asked == []


def test_a_status_is_asked_for_again_within_a_week(bench: CarBench) -> None:
    """M06.FR.10."""
    with_statuses(bench)
    bench.days(5.9)
    bench.follow()
    assert bench.asked == []
    bench.days(0.2)
    bench.follow()
    bench.take("GetCertificateStatus")


def test_a_status_is_asked_for_again_before_it_is_over(bench: CarBench) -> None:
    with_statuses(bench, timedelta(hours=4))
    bench.follow(3.1 * 3_600)
    bench.take("GetCertificateStatus")


def test_statuses_survive_a_power_cut(bench: CarBench) -> None:
    with_statuses(bench)
    before = bench.secc.shown()
    bench.restart()
    assert bench.problems == []
    assert bench.secc.shown() == before
    bench.follow()
    assert bench.asked == []


def test_a_status_that_cannot_be_read_back_is_asked_for_again(bench: CarBench) -> None:
    with_statuses(bench)
    bench.store.commit([SaveMeta("ocsp_status_0", "nonsense")])
    bench.restart()
    assert len(bench.problems) == 1
    bench.follow()
    bench.take("GetCertificateStatus")


def test_a_new_certificate_has_its_status_asked_for_at_once(bench: CarBench) -> None:
    """M06.FR.07; the old one's is not kept any longer, and A02.FR.15: the newest is shown."""
    with_statuses(bench)
    bench.days(1)
    issued = bench.have_signed(starts=timedelta(days=1))
    bench.follow()
    assert bench.answer_status(issued) == "own"
    assert [each.chain_pem for each in bench.secc.shown()] == [issued.chain_pem]
    bench.follow(0.5)
    assert bench.asked == []
    kept = [bench.store.meta(f"ocsp_status_{place}") or "" for place in range(3)]
    assert [bool(text) for text in kept] == [True, True, False]
    assert format(issued.certificate.serial_number, "x") in kept[0]


def test_what_the_central_system_cannot_get_is_asked_for_an_hour_later(bench: CarBench) -> None:
    """M06.FR.04; the others are not held up."""
    issued = bench.have_signed()
    bench.follow()
    _, heard = bench.take("GetCertificateStatus")
    heard({"status": "Failed"}, False)
    bench.follow(0.5)
    assert bench.answer_status(issued) == "CA"
    bench.follow(3_500)
    assert bench.asked == []
    bench.follow(160)
    assert bench.answer_status(issued) == "own"


def test_a_status_for_which_there_is_no_room_is_not_asked_for_again_and_again(
    bench: CarBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ampkeeper.firmware.certificates.statuses.KEPT_MAX", 1)
    issued = bench.have_signed()
    whose = []
    for _ in range(2):
        bench.follow(0.5)
        whose.append(bench.answer_status(issued))
    assert whose == ["own", "CA"]
    bench.follow(0.5)
    assert bench.asked == []


@pytest.mark.parametrize("text", ["", "nonsense", "AAAA"])
def test_a_status_that_is_none_is_not_kept(bench: CarBench, text: str) -> None:
    bench.have_signed()
    bench.follow()
    _, heard = bench.take("GetCertificateStatus")
    heard({"status": "Accepted", "ocspResult": text}, False)
    assert bench.secc.shown()[0].statuses == ("", "")


def test_while_the_central_system_is_away_a_look_a_minute_is_enough(bench: CarBench) -> None:
    issued = bench.have_signed()
    bench.is_up = False
    bench.follow()
    bench.is_up = True
    bench.follow(30)
    assert bench.asked == []
    bench.secc.on_accepted()
    bench.follow()
    assert bench.answer_status(issued) == "own"


def test_a_certificate_for_cars_is_renewed_a_month_before_it_ends(bench: CarBench) -> None:
    """A03.FR.02, FR.13."""
    bench.have_signed(ends=YEAR)
    bench.days(340)
    bench.follow()
    assert "SignCertificate" in [call.action for call, _ in bench.asked]


def test_chains_are_told_with_their_cas_and_none_is_deleted(bench: CarBench) -> None:
    """M03.FR.05, M04.FR.06."""
    issued = bench.have_signed()
    ((own, below),) = bench.secc.chains()
    assert own.serial == format(issued.certificate.serial_number, "x")
    assert below.serial == format(bench.below.certificate.serial_number, "x")
    assert bench.security.delete(own) == "failed"


def test_an_open_line_changes_nothing_that_cars_see(bench: CarBench) -> None:
    bench.secc.ask_signature()
    payload, _ = bench.take("SignCertificate")
    issued = bench.below.sign(payload["csr"])
    bench.security.in_use = 1
    assert not bench.secc.take_signed(issued.chain_pem)
    assert not bench.secc.can_ask_signature()


def test_ocpp_201_has_no_word_for_the_root(tmp_path: Path) -> None:
    bench = CarBench(tmp_path, is_21=False)
    bench.secc.ask_signature()
    payload, _ = bench.take("SignCertificate")
    assert set(payload) == {"csr", "certificateType"}
    bench.store.close()
