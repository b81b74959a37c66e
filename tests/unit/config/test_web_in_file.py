"""Page and API in the file: what is taken, and what is refused."""

from pathlib import Path

import pytest

from ampkeeper.firmware.config import Config, ConfigError, parse
from ampkeeper.firmware.config.rules_web import CodeRefused, code_of
from ampkeeper.firmware.config.show import as_toml
from tests.unit.config.files import SMALLEST

LISTEN = '[web]\nlisten = "0.0.0.0:443"\n'


def read(text: str) -> Config:
    return parse(SMALLEST + text)


def test_nothing_listens_unless_it_is_said_where() -> None:
    assert read("").web.listen == ""


def test_page_and_api_are_served_with_tls_unless_that_is_written_out() -> None:
    assert read(LISTEN).web.tls == "own"
    assert read(LISTEN + 'tls = "none"\n').web.tls == "none"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('[web]\nlisten = "443"\n', "must be an IP address or localhost, and a port"),
        ('[web]\nlisten = "charger:443"\n', "must be an IP address or localhost"),
        ('[web]\nlisten = "0.0.0.0:0"\n', "must be an IP address or localhost"),
        ('[web]\nlisten = "0.0.0.0:65536"\n', "must be an IP address or localhost"),
        (LISTEN + 'tls = "certificate"\n', "web.tls_cert: missing"),
        (LISTEN + 'names = ["a b"]\n', "must be a name such as charger.local"),
        (LISTEN + 'names = ["192.0.2.1"]\n', "its IP addresses need none"),
        (LISTEN + "idle_min = 0\n", "1 to 1440 min"),
        (LISTEN + "session_h = 721\n", "1 to 720 h"),
        (LISTEN + '[price]\nlisten = "127.0.0.1:8650"\n', "prices are pushed to web.listen"),
    ],
)
def test_what_cannot_be_is_refused_with_where_it_stands(text: str, words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read(text)
    assert words in str(refused.value)


def test_a_certificate_is_named_only_where_it_is_shown(tmp_path: Path) -> None:
    file = tmp_path / "cert.pem"
    file.write_text("x")
    with pytest.raises(ConfigError, match=r'web.tls is "own": must be "certificate"'):
        read(LISTEN + f'tls_cert = "{file}"\n')


def test_the_token_of_prices_is_looked_at_where_the_page_serves_them(tmp_path: Path) -> None:
    file = tmp_path / "token"
    file.write_text("short")
    with pytest.raises(ConfigError, match="holds a token of 5 characters"):
        read(LISTEN + f'[price]\ntoken_file = "{file}"\n')


@pytest.mark.parametrize("code", ["ABCD-EFGH-JKMN", "abcd efgh jkmn 1234", "x" * 64])
def test_a_code_on_the_label_is_letters_and_digits_in_groups(tmp_path: Path, code: str) -> None:
    file = tmp_path / "code"
    file.write_text(code + "\n")
    assert code_of(file) == code
    assert read(f'[web]\nsetup_code_file = "{file}"\n').web.setup_code_file == str(file)


@pytest.mark.parametrize(
    "code", ["", "short", "a" * 65, "ABCD-EFGH-JKM!", "ABCD\nEFGHJKMN", "ä" * 12]
)
def test_a_code_that_could_be_guessed_or_not_typed_is_refused(tmp_path: Path, code: str) -> None:
    file = tmp_path / "code"
    file.write_text(code)
    with pytest.raises(CodeRefused, match="12 to 64 letters and digits"):
        code_of(file)
    with pytest.raises(ConfigError, match=r"web\.setup_code_file"):
        read(f'[web]\nsetup_code_file = "{file}"\n')


def test_the_card_of_the_page_is_not_shown_whole() -> None:
    shown = as_toml(read('[web]\ncard = "04A224B1C0FFEE"\n'))
    assert "04A224B1C0" not in shown
    assert "FFEE" in shown
