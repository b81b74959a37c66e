"""Passwords that are quick to check, as the tests have many."""

import pytest

from ampkeeper.firmware.access import passwords


@pytest.fixture(autouse=True)
def quick_passwords(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(passwords, "COST", 2)
    monkeypatch.setattr(passwords, "PARALLEL", 1)
    quick = passwords.OF_NOBODY.replace("$16384$8$5$", "$2$8$1$")
    monkeypatch.setattr(passwords, "OF_NOBODY", quick)
