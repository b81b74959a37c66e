"""Sessions paid by card: let in once the money is held, and no held money is ever forgotten."""

import asyncio
import contextlib
import os
import random
from pathlib import Path
from typing import Any

import pytest

from ampkeeper.board.emulated.terminal import CAPTURED, HELD, RELEASED, Hold
from ampkeeper.board.emulated.virtual_charger import VirtualCharger
from ampkeeper.board.emulated.virtual_time import run_virtual
from ampkeeper.firmware.faces.local import LocalRefusedError
from ampkeeper.firmware.store.changes import SavePayment
from ampkeeper.firmware.store.store import STORE_FILE, open_read_only
from tests.support.rig import CAR, CARD

PAYING = "PAN-7F3A"
CUTS = int(os.environ.get("AMPKEEPER_PAYMENT_CUTS", "6"))  # of the power, at random tenths of 20 s
SETS = (
    ("authorise.tags", f'["{CARD}"]'),
    ("tariff.per_kwh", "10"),
    ("tariff.per_session", "1.0"),
    ("payment.terminal", "true"),
    ("payment.hold", "20"),
)


def charger(folder: Path, *more: tuple[str, str]) -> VirtualCharger:
    folder.mkdir(exist_ok=True)
    return VirtualCharger(folder, sets=(*SETS, *more))


def kept(made: VirtualCharger) -> list[SavePayment]:
    books = open_read_only(made.state_dir / STORE_FILE)
    try:
        return books.payments(100)
    finally:
        books.close()


def held(made: VirtualCharger) -> list[Hold]:
    return list(made.world.terminal.holds.values())


def state(made: VirtualCharger) -> str:
    """Of the newest payment, once it is written down."""
    told = made.trace.of("payment")
    return str(told[-1]["state"]) if told else ""


async def total(made: VirtualCharger) -> float:
    told: Any = await made.app.api.answer("sessions", {})
    return float(told["sessions"][0]["cost"]["total"])


def show(made: VirtualCharger, card: str = PAYING, *, is_declined: bool = False) -> None:
    assert made.world.terminal.show(card, is_declined)


async def pay_and_charge(made: VirtualCharger) -> None:
    await made.until(lambda: made.status() == "Available")
    made.plug(**CAR)
    await made.until(lambda: made.status() == "Preparing")
    show(made)
    await made.until(lambda: made.status() == "Charging", 90)


@pytest.mark.parametrize("version", ["1.6", "2.0.1", "2.1"])
def test_what_a_session_costs_is_captured_and_the_rest_given_back(
    tmp_path: Path, version: str
) -> None:
    made = charger(tmp_path, ("ocpp.versions", f'["{version}"]'))

    async def play() -> float:
        async with made.running():
            await pay_and_charge(made)
            assert [one.state for one in held(made)] == [HELD]
            await asyncio.sleep(30)
            show(made)  # the same card ends it
            await made.until(lambda: state(made) == "PAID", 90)
            return await total(made)

    cost = run_virtual(play())
    (hold,) = held(made)
    assert (hold.state, hold.held) == (CAPTURED, 2_000)
    assert hold.captured == pytest.approx(cost * 100, abs=0.5)
    assert 110 < hold.captured < 2_000


def test_who_is_declined_does_not_charge(tmp_path: Path) -> None:
    made = charger(tmp_path)

    async def play() -> None:
        async with made.running():
            await made.until(lambda: made.status() == "Available")
            made.plug(**CAR)
            await made.until(lambda: made.status() == "Preparing")
            show(made, is_declined=True)
            await made.until(lambda: state(made) == "DECLINED", 90)
            await asyncio.sleep(3)
            assert made.status() == "Preparing"

    run_virtual(play())
    assert held(made) == []
    assert kept(made)[0].note == "the bank declines"


def test_who_does_not_plug_in_gets_all_back(tmp_path: Path) -> None:
    made = charger(tmp_path, ("ocpp.keys.ConnectionTimeOut", "10"))

    async def play() -> None:
        async with made.running():
            await made.until(lambda: made.status() == "Available")
            show(made)
            await made.until(lambda: state(made) == "HELD", 90)
            await made.until(lambda: state(made) == "RETURNED", 600)

    run_virtual(play())
    assert [one.state for one in held(made)] == [RELEASED]


def test_a_session_ends_when_it_has_come_to_what_is_held(tmp_path: Path) -> None:
    made = charger(tmp_path, ("payment.hold", "2"))

    async def play() -> dict[str, Any]:
        async with made.running():
            await pay_and_charge(made)
            await made.until(lambda: state(made) == "PAID", 7_200)
            told: Any = await made.app.api.answer("sessions", {})
            return dict(told["sessions"][0])

    session = run_virtual(play())
    assert session["reason"] == "LocalOutOfCredit"
    assert held(made)[0].captured == 200
    assert session["cost"]["total"] == pytest.approx(2.0, abs=0.2)


def test_a_power_cut_while_the_bank_is_asked_gives_all_back(tmp_path: Path) -> None:
    made = charger(tmp_path)
    made.world.terminal.answers_after_s = 30.0

    async def play() -> None:
        async with made.running():
            await made.until(lambda: made.status() == "Available")
            made.plug(**CAR)
            await made.until(lambda: made.status() == "Preparing")
            show(made)
            await made.until(lambda: bool(held(made)), 90)
        assert [one.state for one in held(made)] == [HELD]
        async with made.running():  # the world's line is as new
            await made.until(lambda: state(made) == "RETURNED", 90)

    run_virtual(play())
    assert [one.state for one in held(made)] == [RELEASED]


def test_a_hold_of_which_nobody_knows_lets_nobody_in_and_goes_back(tmp_path: Path) -> None:
    made = charger(tmp_path)
    made.world.terminal.is_up = False  # the bank holds it, and its answer is lost

    async def play() -> None:
        async with made.running():
            await made.until(lambda: made.status() == "Available")
            made.plug(**CAR)
            await made.until(lambda: made.status() == "Preparing")
            show(made)
            await made.until(lambda: state(made) == "RETURNING", 90)
            made.world.terminal.is_up = True
            await made.until(lambda: state(made) == "RETURNED", 90)
            assert made.status() == "Preparing"

    run_virtual(play())
    assert [one.state for one in held(made)] == [RELEASED]


def test_a_power_cut_in_mid_charge_loses_no_money(tmp_path: Path) -> None:
    made = charger(tmp_path)

    async def play() -> float:
        async with made.running():
            await pay_and_charge(made)
            await asyncio.sleep(15)
        async with made.running():
            await made.until(lambda: made.status() == "Charging", 90)
            await asyncio.sleep(15)
            made.unplug()
            await made.until(lambda: state(made) == "PAID", 90)
            return await total(made)

    cost = run_virtual(play())
    assert held(made)[0].captured == pytest.approx(cost * 100, abs=0.5)


def test_a_terminal_that_is_away_is_asked_until_it_has_claimed(tmp_path: Path) -> None:
    made = charger(tmp_path)

    async def play() -> None:
        async with made.running():
            await pay_and_charge(made)
            await asyncio.sleep(10)
            made.world.terminal.is_there = False
            made.swipe(CARD)  # a stranger's card does not end it
            await asyncio.sleep(10)
            assert made.status() == "Charging"
            made.unplug()
            await made.until(lambda: state(made) == "CLAIMING", 90)
            await asyncio.sleep(20)
            made.world.terminal.is_there, made.world.terminal.is_up = True, False
            await made.until(lambda: held(made)[0].state == CAPTURED, 600)
            assert state(made) == "CLAIMING"  # its answer was lost: it is asked again
            made.world.terminal.is_up = True
            await made.until(lambda: state(made) == "PAID", 600)

    run_virtual(play())
    assert len(kept(made)) == 1


def test_the_next_person_pays_while_the_last_claim_waits(tmp_path: Path) -> None:
    made = charger(tmp_path)

    async def play() -> None:
        async with made.running():
            await pay_and_charge(made)
            await asyncio.sleep(10)
            made.world.terminal.is_there = False
            made.unplug()
            await made.until(lambda: state(made) == "CLAIMING", 90)
            await asyncio.sleep(10)
            made.world.terminal.is_there = True
            made.plug(**CAR)
            await made.until(lambda: made.status() == "Preparing")
            show(made, "PAN-2")
            await made.until(lambda: made.status() == "Charging", 90)
            await made.until(lambda: state(made) == "PAID", 600)
            assert [one.state for one in kept(made)] == ["HELD", "PAID"]

    run_virtual(play())


def test_by_a_price_of_the_central_system_it_is_claimed_when_that_has_had_time_to_tell_more(
    tmp_path: Path,
) -> None:
    made = charger(
        tmp_path,
        ("ocpp.versions", '["2.1"]'),
        ('ocpp.variables."TariffCostCtrlr.Enabled[Tariff]"', "true"),
        ('ocpp.variables."TariffCostCtrlr.Enabled[Cost]"', "true"),
    )
    prices = {"energy": {"prices": [{"priceKwh": 10}]}, "fixedFee": {"prices": [{"priceFixed": 3}]}}
    tariff = {"tariffId": "D1", "currency": "EUR", **prices}

    async def play() -> None:
        async with made.running():
            await made.until(lambda: made.csms.links != {} and made.status() == "Available")
            await asyncio.sleep(5)
            (name,) = made.csms.links
            asked = {"evseId": 0, "tariff": tariff}
            answer = await made.csms.call(name, "SetDefaultTariff", asked)
            assert answer[2]["status"] == "Accepted"
            await pay_and_charge(made)
            await asyncio.sleep(10)
            made.unplug()
            await made.until(lambda: state(made) == "SETTLING", 90)
            await asyncio.sleep(14 * 60)
            assert (state(made), [one.state for one in held(made)]) == ("SETTLING", [HELD])
            await made.until(lambda: state(made) == "PAID", 120)

    run_virtual(play())
    assert held(made)[0].captured > 300


def test_who_pays_at_the_terminal_is_forgotten_when_that_is_over(tmp_path: Path) -> None:
    made = charger(tmp_path)
    made.world.terminal.answers_after_s = 20.0

    async def play() -> None:
        async with made.running():
            await made.until(lambda: made.status() == "Available")
            show(made)
            await made.until(lambda: state(made) == "ASKING", 90)
            forget = {"action": "delete", "card": PAYING}
            with pytest.raises(LocalRefusedError, match="pays at the terminal"):
                await made.app.api.answer("privacy", forget)
            await made.until(lambda: state(made) == "RETURNING", 600)
            await made.app.api.answer("privacy", forget)
            assert [(one.state, one.card) for one in kept(made)] == [("RETURNING", "")]

    run_virtual(play())


@pytest.mark.parametrize("at_s", random.Random(7).sample(range(1, 200), CUTS))
def test_wherever_the_power_is_cut_no_money_stays_held(tmp_path: Path, at_s: int) -> None:
    made = charger(tmp_path)
    made.world.terminal.answers_after_s = 2.0

    async def live() -> None:
        await made.until(lambda: made.status() == "Available")
        made.plug(**CAR)
        await made.until(lambda: made.status() == "Preparing")
        show(made)
        await made.until(lambda: made.status() == "Charging", 90)
        await asyncio.sleep(3)
        made.unplug()
        await asyncio.sleep(60)

    async def play() -> list[dict[str, Any]]:
        async with made.running():
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(at_s / 10):
                    await live()
        async with made.running():
            await made.until(lambda: made.status() != "Unavailable")
            made.unplug()
            terminal = made.world.terminal
            await made.until(lambda: not terminal.open_holds(), 120)
            await asyncio.sleep(10)
            told: Any = await made.app.api.answer("sessions", {})
            return list(told["sessions"])

    sessions = run_virtual(play())
    assert not any(one.is_open for one in kept(made))
    captured = sum(one.captured for one in held(made))
    costs = [one["cost"]["total"] for one in sessions if one["cost"] is not None]
    assert captured == pytest.approx(sum(costs) * 100, abs=0.5)


@pytest.mark.parametrize("card", ["", "x" * 21, "a b", "\x00", "é"])
def test_a_card_with_a_wrong_name_is_refused(tmp_path: Path, card: str) -> None:
    made = charger(tmp_path)

    async def play() -> None:
        async with made.running():
            await made.until(lambda: made.status() == "Available")
            show(made, card)
            await made.until(lambda: bool(made.trace.of("payment_refused")), 10)

    run_virtual(play())
    assert kept(made) == []
