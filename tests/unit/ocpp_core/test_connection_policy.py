"""Connection: the endpoint's URL, and the waits between attempts."""

import pytest

from ampkeeper.firmware.ocpp.connection import (
    Backoff,
    BackoffSettings,
    EndpointError,
    endpoint_url,
)
from ampkeeper.firmware.place import place_of

BASE = "ws://127.0.0.1:9000/ocpp"


def test_waits_double_and_then_stay() -> None:
    backoff = Backoff(BackoffSettings(10.0, 0.0, 3), lambda: 0.0)
    assert [backoff.next_wait_s() for _ in range(6)] == [10.0, 20.0, 40.0, 80.0, 80.0, 80.0]


def test_each_growing_wait_has_a_random_part_of_its_own() -> None:
    draws = iter([0.1, 0.9, 0.5])
    backoff = Backoff(BackoffSettings(10.0, 10.0, 2), lambda: next(draws))
    assert [backoff.next_wait_s() for _ in range(5)] == [11.0, 29.0, 45.0, 45.0, 45.0]


def test_a_connection_starts_the_waits_anew() -> None:
    backoff = Backoff(BackoffSettings(10.0, 0.0, 3), lambda: 0.0)
    backoff.next_wait_s()
    backoff.next_wait_s()
    backoff.reset()
    assert backoff.next_wait_s() == 10.0


def test_no_repeats_means_constant_waits() -> None:
    backoff = Backoff(BackoffSettings(7.0, 0.0, 0), lambda: 0.0)
    assert [backoff.next_wait_s() for _ in range(3)] == [7.0, 7.0, 7.0]


@pytest.mark.parametrize(
    ("base", "identity", "url"),
    [
        (BASE, "AK0001", "ws://127.0.0.1:9000/ocpp/AK0001"),
        (BASE + "/", "AK0001", "ws://127.0.0.1:9000/ocpp/AK0001"),
        ("wss://h", "AK0001", "wss://h/AK0001"),
        (BASE, "a b/c", "ws://127.0.0.1:9000/ocpp/a%20b%2Fc"),
        (BASE, "ä?#%", "ws://127.0.0.1:9000/ocpp/%C3%A4%3F%23%25"),
        (BASE + "?key=1&b=c%20d", "A", "ws://127.0.0.1:9000/ocpp/A?key=1&b=c%20d"),
        (BASE + "#part", "A", "ws://127.0.0.1:9000/ocpp/A"),
        ("ws://[::1]:9000", "A", "ws://[::1]:9000/A"),
    ],
)
def test_the_identity_is_encoded_and_the_query_kept(base: str, identity: str, url: str) -> None:
    assert endpoint_url(base, identity, ["2.0.1", "1.6"]) == url


def test_a_colon_is_for_1_6_alone() -> None:
    assert endpoint_url(BASE, "A:1", ["1.6"]).endswith("/A%3A1")
    for versions in (["2.0.1"], ["2.1", "1.6"]):
        with pytest.raises(EndpointError, match="colon"):
            endpoint_url(BASE, "A:1", versions)


def test_an_identity_has_1_to_48_characters() -> None:
    assert endpoint_url(BASE, "x" * 48, ["2.0.1"]).endswith("/" + "x" * 48)
    for identity in ("", "x" * 49, "A\nB", "\ud800"):
        with pytest.raises(EndpointError, match="48"):
            endpoint_url(BASE, identity, ["2.0.1"])


@pytest.mark.parametrize(
    "base",
    [
        "", "http://h/ocpp", "ws://", "ocpp", "ws://h:99999", "ws://[::1", "ws:///ocpp",
        "ws://a..b/ocpp", f"ws://{'h' * 64}/ocpp",
    ],
)  # fmt: skip
def test_what_is_no_websocket_url_is_refused_with_its_text(base: str) -> None:
    with pytest.raises(EndpointError, match="url"):
        endpoint_url(base, "A", ["1.6"])


@pytest.mark.parametrize(
    "url",
    [
        "ws://h.example/Ocpp", "WS://H.Example/Ocpp/", "ws://h.example:80/Ocpp",
        "wss://h.example/Ocpp", "wss://h.example:443/Ocpp/", "ws://h.example:/Ocpp",
    ],
)  # fmt: skip
def test_one_place_has_one_text_however_it_is_written(url: str) -> None:
    assert place_of(url) == "h.example/Ocpp"


@pytest.mark.parametrize(
    ("url", "place"),
    [
        ("ws://h.example/ocpp", "h.example/ocpp"),  # the path is as it is written
        ("ws://h.example:443/Ocpp", "h.example:443/Ocpp"),
        ("wss://h.example:80/Ocpp", "h.example:80/Ocpp"),
        ("ws://h.example/Ocpp?a=B", "h.example/Ocpp?a=B"),
        ("ws://[FE80::1]:9000/", "[fe80::1]:9000"),
        ("ws://B\u00fccher.example/", "xn--bcher-kva.example"),
        ("ws://[::1", "[::1"),
        ("ws://h:99999/", "h:99999/"),
        ("ws://a..b/", "a..b/"),
        ("nothing", "nothing"),
        ("", ""),
    ],
)
def test_other_places_have_other_texts(url: str, place: str) -> None:
    assert place_of(url) == place
