"""Certificates of a station: what is installed, deleted, asked for and taken."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.firmware.certificates.book import CHAIN_CHARS_MAX as BOOK_CHARS_MAX
from ampkeeper.firmware.certificates.book import ROOTS_MAX as BOOK_ROOTS_MAX
from ampkeeper.firmware.certificates.reading import fingerprint
from ampkeeper.firmware.certificates.values import Usage
from ampkeeper.firmware.ocpp.declared.security import CHAIN_CHARS_MAX, ROOTS_MAX
from ampkeeper.hal.errors import (
    CREDENTIALS,
    AbsentError,
    DistrustError,
)
from tests.support.pki import YEAR, Authority, root

from .guarded import SERIAL
from .security_bench import CENTRAL, MAKER, OPERATOR, REPEATS, WAIT, Bench, Make, benches


@pytest.fixture
def make(tmp_path: Path) -> Iterator[Make]:
    yield from benches(tmp_path)


@pytest.fixture
def bench(make: Make) -> Bench:
    return make()


def equipped(make: Make, profile: int = 3) -> tuple[Bench, Authority]:
    """A station with a root, an operator and a certificate of its own."""
    bench, top = make(profile), Authority()
    bench.settings.change(OPERATOR, "Operator")
    assert bench.security.install(CENTRAL, top.pem) == "accepted"
    bench.security.ask_signature()
    bench.signed(top, starts=-2 * YEAR)
    return bench, top


def own_shown(bench: Bench) -> str:
    """The certificate of the next attempt."""
    return bench.security.own_pem().partition("-----END CERTIFICATE-----")[0]


def test_the_keys_say_what_the_book_does() -> None:
    assert (ROOTS_MAX, CHAIN_CHARS_MAX) == (BOOK_ROOTS_MAX, BOOK_CHARS_MAX)


# roots


def test_an_installed_root_is_listed_logged_and_kept(bench: Bench) -> None:
    top = Authority()
    assert bench.security.install(CENTRAL, top.pem) == "accepted"
    assert len(bench.security.installed(CENTRAL)) == 1
    assert bench.security.installed(MAKER) == ()
    assert bench.last_event()[0] == "ReconfigurationOfSecurityParameters"
    before = bench.security.installed(CENTRAL)
    bench.restart()
    assert bench.problems == []
    assert bench.security.installed(CENTRAL) == before


@pytest.mark.parametrize(
    ("usage", "kind"),
    [(CENTRAL, "InvalidCentralSystemCertificate"), (MAKER, "InvalidFirmwareSigningCertificate")],
)
@pytest.mark.parametrize("case", ["garbage", "expired", "oversize", "leaf"])
def test_a_bad_root_is_refused_with_its_event(
    bench: Bench, usage: str, kind: str, case: str
) -> None:
    pem = {
        "garbage": "-----BEGIN CERTIFICATE-----\nrubbish\n-----END CERTIFICATE-----",
        "expired": root(ends=-timedelta(days=1)).pem,
        "oversize": root().pem + "x" * 6_000,
        "leaf": Authority().server("a").pem,
    }[case]
    assert bench.security.install(usage, pem) == "rejected"
    assert bench.last_event()[0] == kind
    assert bench.security.installed(usage) == ()


def test_a_full_store_rejects_without_an_accusation(bench: Bench) -> None:
    for number in range(ROOTS_MAX):
        assert bench.security.install(CENTRAL, root(f"Root {number}").pem) == "accepted"
    count = len(bench.events())
    assert bench.security.install(CENTRAL, root().pem) == "full"
    assert len(bench.events()) == count


def test_a_station_that_cannot_keep_up_fails(bench: Bench) -> None:
    bench.has_room = False
    assert bench.security.install(CENTRAL, root().pem) == "failed"
    assert bench.security.installed(CENTRAL) == ()


def test_the_root_in_use_cannot_be_deleted_and_the_other_can(bench: Bench) -> None:
    used, idle = root("Used"), root("Idle")
    assert bench.security.install(CENTRAL, used.pem) == "accepted"
    (used_hash,) = bench.security.installed(CENTRAL)
    assert bench.security.install(CENTRAL, idle.pem) == "accepted"
    (idle_hash,) = set(bench.security.installed(CENTRAL)) - {used_hash}
    bench.security.opened((fingerprint(used.certificate),))
    assert bench.security.delete(used_hash) == "failed"
    assert bench.security.delete(idle_hash) == "accepted"
    assert bench.security.delete(idle_hash) == "not_found"
    assert bench.security.installed(CENTRAL) == (used_hash,)


def test_with_an_unknown_path_no_root_of_the_central_system_can_be_deleted(bench: Bench) -> None:
    assert bench.security.install(CENTRAL, root().pem) == "accepted"
    assert bench.security.install(MAKER, root("Maker").pem) == "accepted"
    bench.security.opened(None)
    assert bench.security.delete(bench.security.installed(CENTRAL)[0]) == "failed"
    assert bench.security.delete(bench.security.installed(MAKER)[0]) == "accepted"


@pytest.mark.parametrize("profile", [0, 1])
def test_an_open_line_changes_no_certificate(make: Make, profile: int) -> None:
    bench = make(profile)
    bench.settings.change(OPERATOR, "Operator")
    assert bench.security.install(CENTRAL, root().pem) == "rejected"
    assert not bench.security.can_ask_signature()
    assert not bench.security.take_signed("rubbish")
    assert "TLS" in bench.security.why_locked()
    bench.security.install_here(Usage.CENTRAL_SYSTEM_ROOT, root().pem)  # by a person
    assert bench.security.delete(bench.security.installed(CENTRAL)[0]) == "failed"


def test_an_open_line_may_where_the_file_says_so(make: Make) -> None:
    bench = make(0, {"OCPP16.CertificateChangesWithoutTls": True})
    assert bench.security.install(CENTRAL, root().pem) == "accepted"
    assert bench.security.delete(bench.security.installed(CENTRAL)[0]) == "accepted"


def test_tls_without_a_profile_is_no_open_line(make: Make) -> None:
    bench = make(0)
    bench.security.opened(("root",))
    assert bench.security.install(CENTRAL, root().pem) == "accepted"


def test_the_fall_back_root_goes_when_the_new_one_was_used(make: Make) -> None:
    bench = make(2, replaces_root=True)
    old = Authority("Old")
    new = old.below("New")
    assert bench.security.install(CENTRAL, old.pem) == "accepted"
    assert bench.security.install(CENTRAL, root("Stranger").pem) == "rejected"
    assert bench.security.install(CENTRAL, new.pem) == "accepted"
    bench.security.opened((fingerprint(old.certificate),))
    assert len(bench.security.installed(CENTRAL)) == 2
    bench.security.opened((fingerprint(new.certificate),))
    assert len(bench.security.installed(CENTRAL)) == 1
    assert bench.security.book.trusted_pem() == new.pem


# the station's own certificate


def test_a_key_is_made_asked_for_and_its_certificate_taken(bench: Bench) -> None:
    top = Authority()
    assert not bench.security.can_ask_signature()
    assert bench.set(OPERATOR, "Operator")
    assert bench.security.can_ask_signature()
    assert bench.security.install(CENTRAL, top.pem) == "accepted"
    bench.security.ask_signature()
    assert bench.security.own_pem() == ""
    issued = bench.signed(top)
    assert bench.security.own_pem().startswith(issued.pem)
    assert "PRIVATE KEY" in bench.security.own_pem()
    assert bench.last_event()[1].startswith("certificate of the station installed")


def test_a_key_that_waits_survives_a_power_cut(bench: Bench) -> None:
    top = Authority()
    assert bench.set(OPERATOR, "Operator")
    assert bench.security.install(CENTRAL, top.pem) == "accepted"
    bench.security.ask_signature()
    issued = top.sign(bench.csrs[0])
    bench.restart()
    assert bench.security.take_signed(issued.pem)
    bench.restart()
    assert bench.security.own_pem().startswith(issued.pem)


@pytest.mark.parametrize("case", ["garbage", "stranger", "another key", "expired", "oversize"])
def test_a_bad_signed_certificate_is_rejected_with_its_event(bench: Bench, case: str) -> None:
    top = Authority()
    assert bench.set(OPERATOR, "Operator")
    assert bench.security.install(CENTRAL, top.pem) == "accepted"
    bench.security.ask_signature()
    pem = {
        "garbage": "rubbish",
        "stranger": Authority().sign(bench.csrs[0]).pem,
        "another key": top.server(SERIAL).pem,
        "expired": top.sign(bench.csrs[0], ends=-timedelta(days=1)).pem,
        "oversize": top.sign(bench.csrs[0]).pem + "x" * 10_000,
    }[case]
    assert not bench.security.take_signed(pem)
    assert bench.last_event()[0] == "InvalidChargePointCertificate"
    assert bench.security.own_pem() == ""
    bench.signed(top)  # the right one still comes


def test_what_nobody_asked_for_is_rejected(bench: Bench) -> None:
    assert not bench.security.take_signed(root().pem)
    assert bench.last_event() == (
        "InvalidChargePointCertificate",
        "no certificate was asked for",
    )


def test_the_old_certificate_stays_until_the_new_one_has_connected(make: Make) -> None:
    bench, top = equipped(make)
    old = own_shown(bench)
    bench.security.opened(("root",))
    bench.security.ask_signature()
    bench.signed(top)
    new = own_shown(bench)
    assert new != old
    bench.security.refused(DistrustError("no", CREDENTIALS))
    assert own_shown(bench) == new
    bench.security.show_another()  # all have refused it
    assert own_shown(bench) == old
    bench.security.show_another()
    assert own_shown(bench) == new
    bench.security.opened(("root",), is_main=False, is_first=False)
    assert len(bench.security.book.entries(Usage.STATION)) == 2
    bench.security.opened(("root",))
    assert len(bench.security.book.entries(Usage.STATION)) == 1
    assert own_shown(bench) == new


def test_the_new_certificate_goes_when_only_the_old_one_connects(make: Make) -> None:
    """A02.FR.10, FR.29."""
    bench, top = equipped(make)
    old = own_shown(bench)
    bench.security.ask_signature()
    bench.signed(top)
    bench.security.show_another()
    assert own_shown(bench) == old
    bench.security.opened(("root",))
    (left,) = bench.security.book.entries(Usage.STATION)
    assert left.record.pem.startswith(old)
    assert "DiscardedRenewedClientCertificate" in bench.events()


def test_a_new_certificate_is_connected_with_once(make: Make) -> None:
    bench, top = equipped(make)
    own_shown(bench)
    bench.security.opened(("root",))
    bench.follow()
    assert bench.reconnects == 0
    bench.security.ask_signature()
    bench.signed(top)
    bench.follow()
    bench.follow()
    assert bench.reconnects == 1
    own_shown(bench)
    bench.security.refused(AbsentError("no"))
    own_shown(bench)
    bench.security.opened(("root",))  # with the old one
    bench.follow(3_600.0)
    assert bench.reconnects == 1


def test_a_certificate_of_tomorrow_is_connected_with_tomorrow(make: Make) -> None:
    bench, top = equipped(make)
    own_shown(bench)
    bench.security.opened(("root",))
    bench.security.ask_signature()
    bench.signed(top, starts=timedelta(days=1))
    bench.follow()
    assert bench.reconnects == 0
    bench.follow(86_401.0)
    assert bench.reconnects == 1


# patience


def test_a_request_that_was_not_heard_is_said_again(bench: Bench) -> None:
    assert bench.set(OPERATOR, "Operator")
    bench.is_up = False
    bench.security.ask_signature()
    bench.is_up = True
    bench.security.signature.ask_if_unheard()
    assert len(bench.csrs) == 1
    bench.signing.pop()({"status": "Accepted"}, False)
    bench.security.signature.ask_if_unheard()
    assert len(bench.csrs) == 1


def test_an_accepted_request_is_repeated_as_often_as_set_with_doubled_waits(bench: Bench) -> None:
    assert bench.set(OPERATOR, "Operator")
    assert bench.set(REPEATS, "2")
    assert bench.set(WAIT, "100")
    bench.security.ask_signature()
    bench.signing.pop()({"status": "Accepted"}, False)
    asked_s = []
    for _ in range(2_000):
        bench.follow(1.0)
        if bench.signing:
            asked_s.append(bench.now_s)
            bench.signing.pop()({"status": "Accepted"}, False)
    assert [round(each, -1) for each in asked_s] == [100.0, 300.0]
    assert len(set(bench.csrs)) == 1


@pytest.mark.parametrize("waits_s", [0.0, 50.0])
def test_a_bad_certificate_is_not_asked_for_again(bench: Bench, waits_s: float) -> None:
    """A02.FR.20, A03.FR.20: only a trigger asks for another."""
    assert bench.set(OPERATOR, "Operator")
    assert bench.set(REPEATS, "5")
    assert bench.set(WAIT, "100")
    bench.security.ask_signature()
    bench.signing.pop()({"status": "Accepted"}, False)
    if waits_s:
        bench.follow(waits_s)
    stranger = Authority().sign(bench.csrs[-1])
    assert not bench.security.take_signed(stranger.chain_pem)
    for _ in range(1_000):
        bench.follow(1.0)
    assert len(bench.csrs) == 1
    bench.security.ask_signature()
    assert len(bench.csrs) == 2


@pytest.mark.parametrize("answer", [({"status": "Rejected"}, False), (None, True)])
def test_a_rejected_request_is_left_to_a_person(bench: Bench, answer: tuple[Any, bool]) -> None:
    assert bench.set(OPERATOR, "Operator")
    assert bench.set(REPEATS, "5")
    bench.security.ask_signature()
    bench.signing.pop()(*answer)
    bench.follow(100_000.0)
    assert len(bench.csrs) == 1


def test_a_certificate_is_renewed_in_its_last_month_and_asked_for_once_a_day(
    make: Make,
) -> None:
    bench, top = equipped(make)
    bench.follow()
    assert len(bench.csrs) == 1
    bench.now_s = (YEAR - timedelta(days=29)).total_seconds()
    bench.follow()
    assert len(bench.csrs) == 2
    bench.signing.pop()({"status": "Rejected"}, False)
    bench.follow(3_600.0)
    assert len(bench.csrs) == 2
    bench.follow(86_400.0)
    assert len(bench.csrs) == 3
    bench.signed(top, ends=3 * YEAR)
    bench.follow(86_400.0)
    assert len(bench.csrs) == 3
