"""System: what makes a central system that can be connected to, named by its key if not."""

import pytest

from ampkeeper.firmware.ocpp.system import (
    System,
    SystemRefused,
    Wish,
    changed,
    check,
    check_scheme,
    from_text,
)

GOOD = System(url="ws://csms.example/ocpp", id="AK1", versions=("2.0.1", "1.6"))


def wished(**values: object) -> System:
    return changed(GOOD, Wish(**values))  # type: ignore[arg-type]


# fmt: off
BAD = (
    # what is wished                          what the refusal names
    ({"url": "http://csms.example"},          "url"),
    ({"url": "csms.example"},                 "url"),
    ({"url": "ws://"},                        "url"),
    ({"url": "ws://host:99999"},              "url"),
    ({"url": "ws://[::1"},                    "url"),
    ({"url": "ws://user:secret@host/"},       "url"),
    ({"url": "ws://host/#part"},              "url"),
    ({"url": "ws://ho st/"},                  "url"),
    ({"url": "ws://host/" + "x" * 600},       "url"),
    ({"id": ""},                              "id"),
    ({"id": "x" * 49},                        "id"),
    ({"id": "A:1"},                           "id"),
    ({"versions": ()},                        "versions"),
    ({"versions": ("1.5",)},                  "versions"),
    ({"versions": ("1.6", "1.6")},            "versions"),
    ({"security_profile": 4},                 "profile"),
    ({"books": "x" * 51},                     "books"),
    ({"books": "a\nb"},                       "books"),
)
# fmt: on


@pytest.mark.parametrize(("wish", "key"), BAD)
def test_what_can_never_connect_is_refused_by_its_key(wish: dict[str, object], key: str) -> None:
    with pytest.raises(SystemRefused, match=f"^{key}") as refused:
        check(wished(**wish))
    assert "secret" not in str(refused.value)


def test_a_colon_is_allowed_where_only_1_6_is_spoken() -> None:
    check(wished(id="A:1", versions=("1.6",)))


@pytest.mark.parametrize(("profile", "scheme"), [(1, "wss"), (2, "ws"), (3, "ws")])
def test_the_scheme_has_to_fit_the_profile(profile: int, scheme: str) -> None:
    system = wished(url=f"{scheme}://host/", security_profile=profile)
    with pytest.raises(SystemRefused, match=f"^url .*profile {profile}"):
        check_scheme(system)
    check_scheme(wished(url="wss://host/", security_profile=0))


def test_the_endpoint_has_the_identity_and_tls_where_the_profile_asks_for_it() -> None:
    assert GOOD.endpoint == "ws://csms.example/ocpp/AK1"
    assert wished(security_profile=2).endpoint == "wss://csms.example/ocpp/AK1"
    assert GOOD.subprotocols == ("ocpp2.0.1", "ocpp1.6")


def test_books_are_its_own_unless_they_have_a_name() -> None:
    named = changed(GOOD, Wish(books="operator"))
    assert named.books_name == changed(GOOD, Wish(url="ws://b/", books="operator")).books_name
    assert GOOD.books_name != wished(url="ws://b/").books_name
    assert GOOD.books_name != wished(id="AK2").books_name
    assert GOOD.books_name == wished(versions=("1.6",)).books_name
    by_tls = wished(url="wss://csms.example/ocpp/", security_profile=2)
    assert GOOD.books_name == by_tls.books_name
    assert GOOD.books_name == wished(url="ws://CSMS.example:80/ocpp/").books_name


def test_another_address_has_other_books_unless_told() -> None:
    named = changed(GOOD, Wish(books="operator"))
    assert changed(named, Wish(url="ws://b/")).books == ""
    assert changed(named, Wish(id="AK2")).books == ""
    assert changed(named, Wish(versions=("1.6",))).books == "operator"
    assert changed(named, Wish(url="wss://csms.example/ocpp")).books == "operator"
    assert changed(named, Wish(url="ws://b/", books="new")).books == "new"
    assert changed(named, Wish(url="ws://[no URL")).books == ""


def test_a_system_survives_the_store() -> None:
    full = System(
        url="wss://b/c?d=e", id="X", versions=("1.6",), security_profile=2, password="p" * 16,
        password_file="/f", books="b",
    )  # fmt: skip
    assert from_text(full.to_text()) == full
    assert "p" * 16 not in repr(full)


@pytest.mark.parametrize(
    "text", ["", "1", "{}", "[]", '{"url": 1}', GOOD.to_text().replace("ws:", "x:")]
)
def test_what_another_version_stored_is_refused_and_ends_nothing(text: str) -> None:
    with pytest.raises(SystemRefused):
        from_text(text)
