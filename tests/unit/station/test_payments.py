"""Payments by web: the code, and when it is shown. OCPP 2.1 C25."""

import pytest

from ampkeeper.firmware.ocpp.setting import Refused, check
from ampkeeper.firmware.ocpp.variables import SETTINGS
from ampkeeper.firmware.station.payments import ENABLED, SECRET, TEMPLATE, VALIDITY
from ampkeeper.firmware.web_payment import BASE62, address, password
from tests.unit.station.charger import START, Charger

KEY = "secure!Charging!"
TEMPLATE_OF_TESTS = "https://pay.example/{chargingstationid}/{evse}/{totp}/{version}"


def paying(**variables: object) -> Charger:
    charger = Charger(2)
    told = {ENABLED: True, TEMPLATE: TEMPLATE_OF_TESTS, SECRET: KEY}
    charger.variables |= told | variables
    for evse_id in (1, 2):
        charger.report(evse_id)
    return charger


def codes(charger: Charger, evse_id: int = 1) -> list[str]:
    told = [
        fields
        for effects in charger.effects
        for kind, fields in effects.notices
        if kind == "payment_code"
    ]
    return [fields["text"] for fields in told if fields["evse_id"] == evse_id]


def test_the_password_is_that_of_the_published_vectors() -> None:
    """Open Charging Technology, TOTP Token Format 1.0: another implementation's words."""
    assert password(KEY, 1_718_611_200, 30, 12) == "akF3c7qY2uiu"
    assert password(KEY, 1_716_423_785, 30, 23) == "CN63y502maVhAsv27Sd7JlE"


def test_a_password_holds_for_its_interval_and_is_of_its_length() -> None:
    seen = {password(KEY, at_s, 30, 32) for at_s in range(3_000, 3_030)}
    assert len(seen) == 1
    assert seen != {password(KEY, 3_030, 30, 32)}
    (word,) = seen
    assert len(word) == 32
    assert set(word) <= set(BASE62)


def test_an_address_is_the_template_filled_in() -> None:
    """C25.FR.51, FR.52."""
    assert address(TEMPLATE_OF_TESTS, "AK 1", 2, "Abc") == "https://pay.example/AK 1/2/Abc/v1"


@pytest.mark.parametrize(
    ("template", "is_good"),
    [
        ("", True),
        (TEMPLATE_OF_TESTS, True),
        ("https://pay.example/{chargingstationid}/{totp}", False),
        ("https://pay.example/{totp}/{version}", False),
        ("https://pay.example/", False),
    ],
)
def test_a_template_without_what_it_needs_is_refused(template: str, is_good: bool) -> None:
    """C25.FR.50."""
    (setting,) = [one for one in SETTINGS if one.name == TEMPLATE]
    assert isinstance(check(setting, template), Refused) != is_good


def test_a_free_evse_shows_its_code_and_a_new_one_when_its_time_is_over() -> None:
    """C25.FR.01."""
    charger = paying()
    word = password(KEY, int(START.timestamp()), 30, 8)
    assert codes(charger) == [f"https://pay.example/AK0001/1/{word}/v1"]
    assert codes(charger, 2) == [f"https://pay.example/AK0001/2/{word}/v1"]
    charger.wait(65.0, step_s=5.0)
    assert len(codes(charger)) == 3
    assert len(set(codes(charger))) == 3


@pytest.mark.parametrize("changes", [{ENABLED: False}, {TEMPLATE: ""}, {SECRET: ""}])
def test_without_all_that_it_needs_there_is_no_code(changes: dict[str, object]) -> None:
    charger = paying(**changes)
    charger.wait(60.0, step_s=5.0)
    assert codes(charger) == []


def test_who_charges_sees_no_code() -> None:
    charger = paying(**{VALIDITY: 3600})
    charger.start()
    assert codes(charger)[-1] == ""
    assert codes(charger, 2)[-1] != "", "the other EVSE is free"


def test_what_is_switched_off_goes_at_once() -> None:
    charger = paying(**{VALIDITY: 3600})
    charger.variables[ENABLED] = False
    charger.wait(5.0, step_s=5.0)
    charger.wait(60.0, step_s=5.0)
    assert codes(charger)[1:] == [""]


def test_while_somebody_pays_the_code_is_gone() -> None:
    """C25.FR.22."""
    charger = paying(**{VALIDITY: 3600})
    charger.do(charger.station.display.payments.on_started, 1, 60)
    assert codes(charger)[-1] == ""
    assert codes(charger, 2)[-1] != ""
    charger.wait(55.0, step_s=5.0)
    assert codes(charger)[-1] == ""
    charger.wait(10.0, step_s=5.0)
    assert codes(charger)[-1] != ""
