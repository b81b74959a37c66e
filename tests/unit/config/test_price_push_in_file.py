"""Where prices may be pushed to: what the file may say, and what is refused."""

from pathlib import Path

import pytest

from ampkeeper.firmware.config import Config, ConfigError, parse
from tests.unit.config.files import SMALLEST

TOKEN = "0123456789abcdefghij"
LOCAL = 'listen = "127.0.0.1:8650"\n'
TLS = 'tls_cert = "cert.pem"\ntls_key = "key.pem"\n'


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    (tmp_path / "token").write_text(TOKEN + "\n")
    (tmp_path / "cert.pem").touch()
    (tmp_path / "key.pem").touch()
    monkeypatch.chdir(tmp_path)
    return tmp_path


def read(text: str, token: str = 'token_file = "token"\n') -> Config:
    return parse(SMALLEST + "[price]\n" + text + token)


def problems(text: str, token: str = 'token_file = "token"\n') -> str:
    with pytest.raises(ConfigError) as refused:
        read(text, token)
    return "\n".join(str(problem) for problem in refused.value.problems)


def test_nothing_listens_unless_it_is_written_down() -> None:
    assert parse(SMALLEST).price.listen == ""


@pytest.mark.parametrize(
    "text",
    [
        LOCAL,
        'listen = "localhost:1"\n',
        'listen = "[::1]:65535"\n',
        'listen = "0.0.0.0:8650"\n' + TLS,
        'listen = "192.0.2.1:8650"\ntls = "none"\n',
    ],
)
def test_an_address_is_taken(text: str) -> None:
    assert read(text).price.listen in text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('listen = "127.0.0.1"\n', "must be an IP address or localhost, and a port"),
        ('listen = "127.0.0.1:0"\n', "and a port"),
        ('listen = "127.0.0.1:65536"\n', "and a port"),
        (f'listen = "127.0.0.1:{"9" * 200}"\n', "and a port"),
        ('listen = "charger.example:8650"\n', "must be an IP address"),
        ('listen = "0.0.0.0:8650"\n', "other machines reach it"),
        ('listen = "[::]:8650"\n', "other machines reach it"),
        ('listen = "192.0.2.1:8650"\n', 'or price.tls = "none"'),
        ('listen = "192.0.2.1:8650"\ntls = "none"\n' + TLS, "one of the two must go"),
        (LOCAL + 'tls_cert = "cert.pem"\n', "price.tls_key: missing"),
        (LOCAL + 'tls_key = "key.pem"\n', "price.tls_cert: missing"),
        (LOCAL + 'tls_cert = "nowhere.pem"\n', "price.tls_cert"),
    ],
)
def test_what_would_be_open_or_cannot_be_is_refused(text: str, words: str) -> None:
    assert words in problems(text)


def test_without_a_token_nothing_listens() -> None:
    assert "price.token_file: missing: price.listen needs it" in problems(LOCAL, "")
    assert read("", "").price.token_file == ""


@pytest.mark.parametrize(
    ("token", "words"),
    [
        (b"", "0 characters"),
        (TOKEN[1:].encode(), "19 characters: must be 20 to 1024"),
        (b"x" * 1_025, "1025 characters"),
        (TOKEN.encode() + b"\n" + TOKEN.encode(), "more than one line"),
        (TOKEN.encode() + b" " + TOKEN.encode(), "spaces"),
        (TOKEN.encode() + b"\xff", "outside ASCII"),
    ],
)
def test_a_token_that_is_none_is_refused_and_not_shown(
    token: bytes, words: str, folder: Path
) -> None:
    (folder / "token").write_bytes(token)
    found = problems(LOCAL)
    assert words in found
    assert TOKEN[1:] not in found
