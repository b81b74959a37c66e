"""A station with tariffs in a test, and what it told of them."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ampkeeper.firmware.authorise.decide import Known
from ampkeeper.firmware.facts import Fact, IdToken, StopReason, TransactionEnded, Trigger
from ampkeeper.firmware.session.session import Stop
from ampkeeper.firmware.statement import Statement
from ampkeeper.firmware.station.tariff_desk import TariffDesk
from ampkeeper.firmware.store.changes import SaveMeta
from ampkeeper.firmware.tariff import (
    CHARGING,
    ENERGY,
    FIXED,
    IDLE,
    Tariff,
)
from tests.unit.billing.accounts import price, tariff
from tests.unit.station.charger import START, Charger

NOON_S = int(START.timestamp())
FIRST = tariff({ENERGY: price("1"), CHARGING: price("1"), IDLE: price("1")}, text="1 each")
SECOND = tariff({ENERGY: price("2"), FIXED: price("1")}, id="T2")
REMOTE = Stop(StopReason.REMOTE, Trigger.REMOTE_STOP)
CARD = IdToken("0BCAFE01")


def made(count: int = 1, *defaults: Tariff) -> Charger:
    charger = Charger(count, version="2.1")
    for one in defaults:
        assert desk(charger).set_default(0, one) == "accepted"
    return charger


def desk(charger: Charger) -> TariffDesk:
    def post(event: Any) -> bool:
        charger.do(event)
        return True

    return TariffDesk(charger.station, post, lambda: charger.now)


def kept(charger: Charger, key: str) -> str:
    found = [one.value for one in charger.changes if isinstance(one, SaveMeta) and one.key == key]
    return found[-1] if found else ""


def at(made_of: Tariff, tariff_id: str, passed_s: int | None) -> Tariff:
    valid_from_s = None if passed_s is None else NOON_S + passed_s
    return replace(made_of, id=tariff_id, valid_from_s=valid_from_s)


def told(charger: Charger) -> list[tuple[Trigger, str | None]]:
    """What facts told of tariffs."""
    facts = [fact for fact in charger.facts if getattr(fact, "tariff_id", None)]
    return [(fact.trigger, fact.tariff_id) for fact in facts if not _is_sample(fact)]


def _is_sample(fact: Fact) -> bool:
    return fact.tx_id is None


def costs(charger: Charger) -> list[Statement]:
    found = [getattr(fact, "cost", None) for fact in charger.facts]
    return [cost for cost in found if cost is not None]


def notices(charger: Charger, kind: str) -> list[Mapping[str, Any]]:
    return [each for effects in charger.effects for name, each in effects.notices if name == kind]


def stop(charger: Charger) -> Statement | None:
    assert charger.evse.transaction is not None
    charger.do(charger.station.on_stop, charger.evse.transaction.tx_id, REMOTE)
    charger.opened()
    charger.wait(60)
    ended = charger.facts[-1]
    assert isinstance(ended, TransactionEnded)
    return ended.cost


def use(charger: Charger, seconds: int, power_wh: int = 5) -> None:
    """So many Wh in each second."""
    for _ in range(seconds):
        charger.energy_wh += power_wh
        charger.wait(1)


def authorise(
    charger: Charger, own: Tariff | None, problem: str = "", token: IdToken = CARD
) -> None:
    """The central system lets a token in, and it is remembered."""
    charger.do(charger.station.tariffs.drivers.on_authorised, token, own, problem)
    charger.do(charger.station.on_verdict, token, Known("Accepted"))
