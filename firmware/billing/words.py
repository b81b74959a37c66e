"""Words: in which language receipts and charge logs are written, one file for each."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from functools import lru_cache
from importlib.resources import files

from ampkeeper.firmware.billing.charge_log import kwh

LANGUAGES = ("en", "de")


@dataclass(frozen=True, slots=True)
class Words:
    """One language: its texts by name, how it writes a number, and a time."""

    language: str
    decimal_mark: str
    time: str
    texts: Mapping[str, str]

    def __getitem__(self, name: str) -> str:
        return self.texts[name]

    def number(self, text: str) -> str:
        """A number that was written with a point."""
        return text.replace(".", self.decimal_mark)

    def money(self, amount: Decimal, currency: str) -> str:
        """An amount, whose digits are as they are."""
        return f"{self.number(f'{amount:f}')} {currency}"

    def kwh(self, energy_wh: int) -> str:
        """An energy, to the Wh."""
        return self.number(kwh(energy_wh))

    def when(self, at: datetime) -> str:
        """With its distance to UTC; the minutes of that only where there are any."""
        clock, offset = at.strftime(self.time), at.strftime("%z")
        if offset == "+0000":
            return clock
        return clock + offset[:3] + (f":{offset[3:]}" if offset[3:] != "00" else "")


@lru_cache(maxsize=len(LANGUAGES))
def words_of(language: str) -> Words:
    """The words of one of ``LANGUAGES``."""
    assert language in LANGUAGES, f"language {language!r}: allowed are {', '.join(LANGUAGES)}"
    file = files("ampkeeper.firmware.billing") / f"words_{language}.toml"
    told = tomllib.loads(file.read_text("utf-8"))
    return Words(language, told["decimal_mark"], told["time"], told["texts"])
