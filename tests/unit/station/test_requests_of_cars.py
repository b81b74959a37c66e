"""What a car asks by ISO 15118 and the central system answers: contracts, revoked certificates."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.firmware.ocpp.ports.secc import AskContract
from ampkeeper.firmware.ocpp.wire import timestamp
from ampkeeper.firmware.station.car_requests import CAR_WAITS_S, WAITING_MAX, Contract
from tests.support.pki import Authority, Issued, subject

from .car_bench import CarBench

SCHEMA = "urn:iso:15118:2:2013:MsgDef"
INSTALL = AskContract(SCHEMA, "Install", "RVhJ")
ASK_AT = "http://ocsp.oem.example/"


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[CarBench]:
    made = CarBench(tmp_path)
    yield made
    made.store.close()


@pytest.fixture
def told() -> list[Any]:
    """What the car's side heard."""
    return []


@pytest.mark.parametrize("action", ["Install", "Update"])
def test_a_car_gets_the_central_systems_answer(
    bench: CarBench, told: list[Any], action: str
) -> None:
    """M01.FR.01, M02.FR.01; 2.1 M01.FR.02."""
    assert bench.requests.ask_contract(AskContract(SCHEMA, action, "RVhJ"), told.append)
    payload, heard = bench.take("Get15118EVCertificate")
    assert payload == {"iso15118SchemaVersion": SCHEMA, "action": action, "exiRequest": "RVhJ"}
    heard({"status": "Accepted", "exiResponse": "QU5T"}, False)
    assert told == [Contract(True, "QU5T")]


def test_a_refusal_reaches_the_car_too(bench: CarBench, told: list[Any]) -> None:
    bench.requests.ask_contract(INSTALL, told.append)
    bench.take("Get15118EVCertificate")[1]({"status": "Failed", "exiResponse": "QU5T"}, False)
    assert told == [Contract(False, "QU5T")]


def test_several_contracts_are_told_by_how_many_remain(bench: CarBench, told: list[Any]) -> None:
    """2.1 M01.FR.03, FR.05."""
    word = AskContract("urn:iso:std:iso:15118:-20", "Install", "RVhJ", 3, ("DE8AA1A2B3C4D59",))
    bench.requests.ask_contract(word, told.append)
    payload, heard = bench.take("Get15118EVCertificate")
    assert payload["maximumContractCertificateChains"] == 3
    assert payload["prioritizedEMAIDs"] == ["DE8AA1A2B3C4D59"]
    heard({"status": "Accepted", "exiResponse": "QU5T", "remainingContracts": 2}, False)
    assert told == [Contract(True, "QU5T", 2)]


def test_ocpp_201_cannot_ask_for_several(tmp_path: Path, told: list[Any]) -> None:
    bench = CarBench(tmp_path, is_21=False)
    bench.requests.ask_contract(AskContract(SCHEMA, "Install", "RVhJ", 3), told.append)
    assert (bench.asked, told) == ([], [None])
    bench.store.close()


def test_a_car_hears_in_its_time_that_nobody_answered(bench: CarBench, told: list[Any]) -> None:
    """M01, M02: it is told that it failed; what comes later is for nobody."""
    bench.requests.ask_contract(INSTALL, told.append)
    bench.follow(CAR_WAITS_S - 0.1)
    assert told == []
    bench.follow(0.1)
    assert told == [None]
    bench.take("Get15118EVCertificate")[1]({"status": "Accepted", "exiResponse": "QU5T"}, False)
    assert told == [None]


def test_a_car_hears_at_once_that_nobody_is_there(bench: CarBench, told: list[Any]) -> None:
    bench.is_up = False
    bench.requests.ask_contract(INSTALL, told.append)
    assert told == [None]


def test_a_request_that_no_message_holds_is_refused(bench: CarBench, told: list[Any]) -> None:
    assert not bench.requests.ask_contract(
        AskContract(SCHEMA, "Install", "A" * 11_001), told.append
    )
    assert (bench.asked, told) == ([], [])


def test_only_so_many_wait(bench: CarBench, told: list[Any]) -> None:
    assert all(bench.requests.ask_contract(INSTALL, told.append) for _ in range(WAITING_MAX))
    assert not bench.requests.ask_contract(INSTALL, told.append)
    assert len(bench.asked) == WAITING_MAX


# the car's own chain


def car(bench: CarBench) -> Issued:
    below = bench.root.below("OEM sub-CA", list_at="http://crl.oem.example/")
    return below.issue(subject("Vehicle"), responder=ASK_AT)


def answer(bench: CarBench, words: dict[str, str], lasts: timedelta = timedelta(days=1)) -> int:
    """Answer the question by source; how many certificates it was about."""
    payload, heard = bench.take("GetCertificateChainStatus")
    asked = payload["certificateStatusRequests"]
    rows = [
        {
            "certificateHashData": each["certificateHashData"],
            "source": each["source"],
            "status": words[each["source"]],
            "nextUpdate": timestamp(bench.now + lasts),
        }
        for each in asked
    ]
    heard({"certificateStatus": rows}, False)
    return len(asked)


def test_a_cars_chain_is_asked_about_by_ocsp_or_list(bench: CarBench, told: list[Any]) -> None:
    """2.1 M07."""
    assert bench.requests.ask_chain(car(bench).chain_pem, told.append)
    assert answer(bench, {"OCSP": "Good", "CRL": "Revoked"}) == 2
    assert told == [("Good", "Revoked")]


def test_what_is_known_is_not_asked_again(bench: CarBench, told: list[Any]) -> None:
    """2.1 M07.FR.09 to FR.11: but for what could not be found out, and at most for a week."""
    issued = car(bench)
    bench.requests.ask_chain(issued.chain_pem, told.append)
    answer(bench, {"OCSP": "Good", "CRL": "Failed"}, timedelta(days=30))
    bench.requests.ask_chain(issued.chain_pem, told.append)
    assert answer(bench, {"CRL": "Good"}, timedelta(days=30)) == 1
    bench.requests.ask_chain(issued.chain_pem, told.append)
    assert bench.asked == []
    assert told == [("Good", "Failed"), ("Good", "Good"), ("Good", "Good")]
    bench.days(7)
    bench.requests.ask_chain(issued.chain_pem, told.append)
    assert answer(bench, {"OCSP": "Good", "CRL": "Good"}) == 2


def test_of_a_certificate_that_says_no_place_nothing_is_known(
    bench: CarBench, told: list[Any]
) -> None:
    issued = bench.root.issue(subject("Vehicle"))
    bench.requests.ask_chain(issued.chain_pem, told.append)
    assert (bench.asked, told) == ([], [("Failed",)])


def test_nobody_answers_about_a_chain(bench: CarBench, told: list[Any]) -> None:
    bench.requests.ask_chain(car(bench).chain_pem, told.append)
    bench.follow(CAR_WAITS_S)
    assert told == [None]


@pytest.mark.parametrize("pem", ["", "nonsense", "A" * 10_001])
def test_what_is_no_chain_is_not_asked_about(bench: CarBench, told: list[Any], pem: str) -> None:
    assert not bench.requests.ask_chain(pem, told.append)
    assert (bench.asked, told) == ([], [])


def test_a_chain_that_no_message_holds_is_not_asked_about(bench: CarBench, told: list[Any]) -> None:
    authority = Authority("Long")
    for number in range(5):
        authority = authority.below(f"CA {number}")
    assert not bench.requests.ask_chain(authority.issue(subject("V")).chain_pem, told.append)
