"""Security profiles and passwords of a station, and what its events say."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ampkeeper.firmware.certificates.values import Usage
from ampkeeper.firmware.ocpp.ports.security import CertificateHash
from ampkeeper.firmware.station.passwords import BASIC_AUTH
from ampkeeper.firmware.station.security import PROFILE
from ampkeeper.firmware.store.changes import SaveCertificate
from ampkeeper.hal.errors import (
    CERTIFICATE,
    CIPHER_SUITE,
    CREDENTIALS,
    TLS_VERSION,
    AbsentError,
    DistrustError,
)
from tests.support.pki import YEAR, Authority, root

from .security_bench import CENTRAL, KEY, MAKER, OPERATOR, Bench, Make, benches


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    yield from benches(tmp_path)


@pytest.fixture
def bench(make: Make) -> Bench:
    return make()


# profiles


def raised(make: Make, profile: int = 1) -> Bench:
    """A station whose next profiles would all be possible."""
    top = Authority()
    bench = make(profile, {"OCPP16.CertificateChangesWithoutTls": True})
    assert bench.set(OPERATOR, "Operator")
    assert bench.set(BASIC_AUTH, KEY)
    assert bench.security.install(CENTRAL, top.pem) == "accepted"
    bench.security.ask_signature()
    bench.signed(top)
    return bench


@pytest.mark.parametrize(
    ("now", "wanted", "is_taken"),
    [(0, 1, True), (1, 2, True), (1, 3, True), (2, 3, True), (1, 1, False), (2, 1, False),
     (3, 0, False), (3, 2, False)],
)  # fmt: skip
def test_a_profile_is_only_raised(make: Make, now: int, wanted: int, is_taken: bool) -> None:
    bench = raised(make, now)
    assert bench.set(PROFILE, str(wanted)) is is_taken
    assert bench.security.profile == (wanted if is_taken else now)


@pytest.mark.parametrize("value", ["4", "-1", "two", "", "2.0"])
def test_what_is_no_profile_is_refused(make: Make, value: str) -> None:
    bench = raised(make)
    assert not bench.set(PROFILE, value)


def test_each_profile_needs_what_it_rests_on(make: Make) -> None:
    bench = make(0)
    assert not bench.set(PROFILE, "1")  # A05.FR.02
    assert bench.set(BASIC_AUTH, KEY)
    assert not bench.set(PROFILE, "2")  # A05.FR.03
    assert not bench.set(PROFILE, "3")
    bench.security.install_here(Usage.CENTRAL_SYSTEM_ROOT, root().pem)
    assert not bench.set(PROFILE, "3")  # A05.FR.04
    assert bench.set(PROFILE, "2")


def test_an_expired_root_is_nothing_to_rest_on(make: Make) -> None:
    bench = raised(make)
    bench.now_s = 2 * YEAR.total_seconds()
    assert not bench.set(PROFILE, "2")


def test_a_profile_that_connects_stays(make: Make) -> None:
    bench = raised(make)
    assert bench.set(PROFILE, "2")
    bench.security.refused(AbsentError("not yet"))
    bench.security.opened(("root",))
    for _ in range(10):
        bench.security.refused(AbsentError("away"))
    assert bench.security.profile == 2
    bench.restart()
    assert bench.security.profile == 2


def test_a_profile_that_does_not_connect_falls_back(make: Make) -> None:
    bench = raised(make)
    assert bench.set(PROFILE, "2")
    bench.security.refused(AbsentError("no"))
    bench.security.refused(DistrustError("no", CERTIFICATE))
    assert bench.security.profile == 2
    bench.security.refused(AbsentError("no"))
    assert bench.security.profile == 1
    assert bench.last_event() == (
        "ReconfigurationOfSecurityParameters",
        "SecurityProfile 2 does not connect: back to 1",
    )
    assert bench.set(PROFILE, "2")  # another try


def test_a_power_cut_in_the_trial_still_falls_back(make: Make) -> None:
    bench = raised(make)
    assert bench.set(PROFILE, "3")
    bench.restart()
    assert bench.security.profile == 3
    for _ in range(3):
        bench.security.refused(AbsentError("no"))
    assert bench.security.profile == 1
    assert bench.security.profile == 1


def test_the_file_may_raise_a_profile_over_what_is_stored(make: Make) -> None:
    bench = raised(make, 0)
    assert bench.set(PROFILE, "1")
    higher = make(2)
    assert higher.security.profile == 2


# passwords


def test_a_changed_password_is_logged_and_never_shown(bench: Bench) -> None:
    assert bench.set(BASIC_AUTH, KEY)
    kind, text = bench.last_event()
    assert kind == "ReconfigurationOfSecurityParameters"
    assert KEY not in text
    assert bench.security.passwords.main == KEY.encode()


def sent(bench: Bench) -> bytes:
    """What goes into Basic auth."""
    return bench.security.passwords.show("a AK0001", bench.security.passwords.main)


def test_a_hex_key_is_sent_as_its_text_or_as_its_bytes(make: Make) -> None:
    key = "00" * 10 + "ff" * 10
    bench = make(1)
    assert bench.set(BASIC_AUTH, key)
    assert sent(bench) == key.encode()
    other = make(1, {"OCPP16.AuthorizationKeyForm": "Bytes"})
    assert sent(other) == bytes(10) + b"\xff" * 10
    assert not other.set(BASIC_AUTH, "not hex at all, but long")
    assert not other.set(BASIC_AUTH, "ab" * 15)
    assert not other.set(BASIC_AUTH, "abc" * 11)
    assert other.set(BASIC_AUTH, "ab" * 16)


@pytest.mark.parametrize("value", ["short", "x" * 41, "fifteen_letters", "with a space in it"])
def test_what_is_no_password_is_refused(bench: Bench, value: str) -> None:
    assert not bench.set(BASIC_AUTH, value)
    assert bench.events() == []


# distrust


@pytest.mark.parametrize(
    ("reason", "kind"),
    [
        (CERTIFICATE, "InvalidCentralSystemCertificate"),
        (TLS_VERSION, "InvalidTLSVersion"),
        (CIPHER_SUITE, "InvalidTLSCipherSuite"),
        (CREDENTIALS, "FailedToAuthenticateAtCentralSystem"),
    ],
)
def test_distrust_is_an_event_and_absence_is_none(bench: Bench, reason: str, kind: str) -> None:
    bench.security.refused(AbsentError("nobody there"))
    assert bench.events() == []
    bench.security.refused(DistrustError("why", reason))
    bench.security.refused(DistrustError("why", reason))
    assert bench.events() == [kind]
    assert bench.last_event() == (kind, "why")


def test_a_signing_certificate_is_checked(bench: Bench) -> None:
    maker = Authority("Maker")
    pem = maker.server("Firmware").pem
    assert bench.security.check_signing(pem) == "InvalidCertificate"
    assert bench.security.install(MAKER, maker.pem) == "accepted"
    assert bench.security.check_signing(pem) == ""


def test_what_another_version_stored_is_named(make: Make) -> None:
    bench = make()
    future, odd = SaveCertificate("a", "OfTheFuture", "PEM"), SaveCertificate("b", CENTRAL, "x")
    bench.store.commit([future, odd])
    bench.restart()
    assert len(bench.problems) == 2
    assert bench.security.delete(CertificateHash("SHA256", "a", "b", "1")) == "not_found"
