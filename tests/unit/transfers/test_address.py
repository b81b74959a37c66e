"""Addresses: what is one, what is none, and that no password is ever shown."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ampkeeper.firmware.transfers.address import Address, BadAddress, address_of


def good(text: str) -> Address:
    found = address_of(text)
    assert isinstance(found, Address), found
    return found


@pytest.mark.parametrize(
    "text",
    [
        "dummy://dummy",
        "file:///etc/shadow",
        "http://",
        "http:///path",
        "ftp:host/path",
        "//host/path",
        "host/path",
        "",
        "http://host:0/",
        "http://host:99999/",
        "http://host:port/",
        "http://[::1/",
        "http://ho st/",
        "http://host/a b",
        "http://host/a\r\nHost: other",
        "ftp://host/a%0d%0aDELE x",
        "ftp://me%0a:x@host/a",
        "http://host/%ff",
        "http://hóst/",
        "javascript:alert(1)",
        "http://-host/",
        "http://host/" + "x" * 2000,
    ],
)
def test_what_is_no_address_of_a_file_is_refused(text: str) -> None:
    assert isinstance(address_of(text), BadAddress)


@pytest.mark.parametrize(
    ("text", "port"),
    [
        ("http://a.example/f", 80),
        ("https://a.example/f", 443),
        ("ftp://a.example/f", 21),
        ("ftps://a.example/f", 21),
        ("ftps://a.example:990/f", 990),
        ("SFTP://a.example/f", 22),
        ("http://[2001:db8::1]:8080/f", 8080),
    ],
)
def test_every_scheme_has_its_port(text: str, port: int) -> None:
    assert good(text).port == port


def test_user_and_password_are_unquoted_and_never_shown() -> None:
    address = good("ftp://us%40er:p%3Aw@a.example/logs?key=k")
    assert (address.user, address.password) == ("us@er", "p:w")
    shown = f"{address!r} {address} {address.shown}"
    for secret in ("p:w", "p%3Aw", "us@er", "key=k"):
        assert secret not in address.shown
    assert "p:w" not in shown
    assert "us@er" not in shown


def test_a_folder_gets_the_name_of_the_file() -> None:
    name = "AK 1.zip"
    assert good("ftp://a.example/logs").of_file(name).path == "/logs/AK 1.zip"
    assert good("sftp://a.example/logs/").of_file(name).path == "/logs/AK 1.zip"
    assert good("ftp://a.example").of_file(name).path == "/AK 1.zip"
    assert good("http://a.example/logs/").of_file(name).target == "/logs/AK%201.zip"
    assert good("http://a.example/logs/?a=b").of_file(name).target == "/logs/AK%201.zip?a=b"


def test_what_was_signed_for_one_upload_is_not_changed() -> None:
    address = good("https://a.example/bucket/object?signature=x")
    assert address.of_file("name.zip") == address


@given(st.text(max_size=80) | st.from_regex(r"(http|ftp|sftp)://[ -~]{0,40}", fullmatch=True))
def test_any_text_is_an_address_or_a_reason(text: str) -> None:
    found = address_of(text)
    if isinstance(found, Address):
        assert found.host
        assert 0 < found.port < 65536
        assert found.path.startswith("/")
        assert "\r" not in found.path + found.target + found.user + found.password
        assert "\n" not in found.path + found.target + found.user + found.password
