"""Tariffs of single people, what they reserved, and how they pay: I08, I12.FR.06."""

from dataclasses import replace
from datetime import timedelta

import pytest

from ampkeeper.firmware.facts import IdToken
from ampkeeper.firmware.reservation import Reservation
from ampkeeper.firmware.station.drivers import KEY as DRIVERS_KEY
from ampkeeper.firmware.station.drivers import TEXT_CHARS_MAX
from ampkeeper.firmware.station.effects import Effects
from ampkeeper.firmware.station.entry import LOCAL
from ampkeeper.firmware.store.changes import SaveMeta
from ampkeeper.firmware.tariff import (
    FIXED,
    RESERVED,
    RESERVED_FIXED,
)
from tests.unit.billing.accounts import price, tariff, when
from tests.unit.station.tariff_bench import (
    CARD,
    FIRST,
    SECOND,
    at,
    authorise,
    desk,
    kept,
    made,
    stop,
    told,
)


def test_who_has_a_tariff_of_his_own_pays_by_it_and_it_goes_with_him() -> None:
    """I08.FR.04, FR.06, FR.10, FR.22, I09.FR.05, FR.06."""
    charger = made(1, FIRST)
    charger.variables["AuthCacheCtrlr.Enabled"] = False
    charger.read()
    charger.unplug()
    charger.swipe("04A224B1")
    token = IdToken("04A224B1")
    authorise(charger, at(SECOND, "own", 9_999), token=token)
    charger.wait(5)
    (_, own) = desk(charger).assigned(0)
    assert (own.tariff.id, own.tokens, own.evse_ids) == ("own", ("04A224B1",), ())
    charger.plug()
    charger.offer()
    charger.draw()
    charger.wait(1)
    assert [tariff_id for _, tariff_id in told(charger)] == ["own"]
    (_, own) = desk(charger).assigned(1)
    assert (own.tokens, own.evse_ids) == (("04A224B1",), (1,))
    assert desk(charger).set_default(1, at(FIRST, "own", None)) == "duplicate"
    cost = stop(charger)
    assert cost is not None
    assert FIXED in cost.parts
    charger.unplug()
    charger.wait(5)
    assert charger.station.tariffs.drivers.tariffs == {}


def test_a_tariff_of_ones_own_stays_with_a_token_in_the_cache() -> None:
    """I08.FR.05: also over a power cut."""
    charger = made(1, FIRST)
    authorise(charger, SECOND)
    charger.wait(300, step_s=10)
    after = made()
    after.station.tariffs.recall({DRIVERS_KEY: kept(charger, DRIVERS_KEY)}.get)
    after.station.entrance.known = dict(charger.station.entrance.known)
    after.start("0BCAFE01")
    after.wait(1)
    assert [tariff_id for _, tariff_id in told(after)] == ["T2"]
    authorise(charger, None)
    assert charger.station.tariffs.drivers.tariffs == {}, "the answer had none any more"


def test_of_too_many_tariffs_of_drivers_the_oldest_go() -> None:
    charger = made()
    long = replace(SECOND, text="x" * 15_000)
    for number in range(9):
        authorise(charger, replace(long, id=str(number)), token=IdToken(f"04A224B{number}"))
    assert len(charger.station.tariffs.drivers.tariffs) == 3
    assert len(kept(charger, DRIVERS_KEY)) <= TEXT_CHARS_MAX
    assert "04A224B8" in charger.station.tariffs.drivers.tariffs


@pytest.mark.parametrize(
    ("handle", "tariff_ids"), [("UseDefaultTariff", ["T1"]), ("CentralCost", [])]
)
def test_what_becomes_of_a_bad_tariff_is_a_setting(handle: str, tariff_ids: list[str]) -> None:
    """I08.FR.30, FR.32, FR.33, FR.35."""
    charger = made(1, FIRST)
    charger.variables["TariffCostCtrlr.HandleFailedTariff[Tariff]"] = handle
    authorise(charger, None, "TooManyElements")
    assert desk(charger).has_problem()
    charger.start()
    charger.wait(1)
    assert [tariff_id for _, tariff_id in told(charger)] == tariff_ids
    authorise(charger, SECOND)
    assert not desk(charger).has_problem()


@pytest.mark.parametrize("number", [7, 0, -1])
def test_who_reserved_pays_for_it_at_the_beginning(number: int) -> None:
    """I12.FR.06 to FR.08."""
    reserving = tariff({RESERVED: price("1"), RESERVED_FIXED: price("5")})
    charger = made(1, reserving)
    expires_at = charger.now + timedelta(hours=1)
    wish = Reservation(number, 1, CARD, expires_at)
    charger.unplug()
    charger.do(charger.station.reservations.on_reserve, wish)
    charger.wait(600, step_s=10)
    charger.start("0BCAFE01")
    charger.wait(1)
    cost = stop(charger)
    assert cost is not None
    assert cost.parts[RESERVED_FIXED].without_tax == 5
    assert cost.parts[RESERVED].without_tax == 10
    assert cost.usage.reserved_s == 600
    free = made(2, reserving)
    theirs = Reservation(number, 2, IdToken("SOMEBODY"), expires_at)
    free.do(free.station.reservations.on_reserve, theirs)
    free.start()
    other = stop(free)
    assert other is not None
    assert other.parts == {}, "somebody else reserved"


def test_how_somebody_pays_decides_a_fee() -> None:
    """2.96: what a remote start says of its token."""
    fee = price(("3", when(brand="VISA")), "1")
    seen = []
    for extra in ((("PaymentBrand", "VISA"),), ()):
        charger = made(1, tariff({FIXED: fee}))
        charger.read()
        charger.plug()
        token = IdToken("web-1", "DirectPayment", extra)
        charger.do(charger.station.on_remote_start, 1, token, LOCAL, False)
        charger.offer()
        charger.draw()
        charger.wait(1)
        cost = stop(charger)
        assert cost is not None
        seen.append(cost.parts[FIXED].without_tax)
    assert seen == [3, 1]


def test_who_is_forgotten_has_no_tariff_any_more() -> None:
    charger = made(1, FIRST)
    authorise(charger, SECOND)
    effects = Effects()
    charger.station.tariffs.drivers.forget(lambda key: key == CARD.key, effects)
    assert charger.station.tariffs.drivers.tariffs == {}
    (change,) = effects.changes
    assert change == SaveMeta(DRIVERS_KEY, "{}")
