"""Where Modbus/TCP may be served, and to whom: what the file may say, and what is refused."""

import pytest

from ampkeeper.firmware.config import Config, ConfigError, parse
from tests.unit.config.files import SMALLEST

FAR = 'listen = "0.0.0.0:502"\n'


def read(text: str) -> Config:
    return parse(SMALLEST + "[modbus]\n" + text)


def test_nothing_listens_and_nothing_can_be_written_unless_it_is_written_down() -> None:
    assert parse(SMALLEST).modbus.listen == ""
    assert read('listen = "127.0.0.1:502"\n').modbus.offers == "state"


@pytest.mark.parametrize(
    "text",
    [
        'listen = "127.0.0.1:502"\n',
        FAR + 'clients = ["192.0.2.20"]\n',
        FAR + 'clients = ["192.0.2.0/28", "2001:db8::/64"]\noffers = "limit"\nlimit_s = 60\n',
    ],
)
def test_an_address_and_clients_are_taken(text: str) -> None:
    assert read(text).modbus.listen in text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        (FAR, "other machines reach it: must have modbus.clients"),
        ('listen = "charger.local:502"\n', "must be an IP address or localhost, and a port"),
        (FAR + 'clients = ["manager.local"]\n', "must be an IP address or a network"),
        (FAR + 'clients = ["192.0.2.1/28"]\n', "without host bits"),
        (FAR + 'clients = ["0.0.0.0/0"]\n', "too many machines: must be /16 or narrower"),
        (FAR + 'clients = ["::/0"]\n', "must be /48 or narrower"),
        (FAR + 'clients = ["192.0.2.20"]\noffers = "all"\n', '"state" or "limit"'),
        ('listen = "127.0.0.1:502"\n[web]\nlisten = "127.0.0.1:502"\n', "web.listen is the same"),
    ],
)
def test_what_would_be_open_or_cannot_be_is_refused(text: str, words: str) -> None:
    with pytest.raises(ConfigError) as refused:
        read(text)
    assert words in "\n".join(str(problem) for problem in refused.value.problems)
