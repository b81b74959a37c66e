"""Cases of certification: power that fails, and a central system that is away."""

import asyncio
from pathlib import Path

import pytest

from tests.conformance.ocpp16.bench16 import CARD, OTHER, Bench
from tests.support.rig import CAR


@pytest.mark.parametrize("is_there", [True, False])
def test_tc_032_2_a_transaction_that_the_power_cut_ends_is_told_after_the_boot(
    tmp_path: Path, is_there: bool
) -> None:
    bench = Bench(tmp_path, session__on_power_return='"end"')

    async def story() -> None:
        async with bench.running():
            await bench.free()
            await bench.begin()
            await asyncio.sleep(5)
        if not is_there:
            bench.unplug()
        async with bench.running():
            await bench.gone()
            bench.unplug()
            await bench.wait_status("Available", 120)
            await asyncio.sleep(5)

    bench.play_lives(story())
    (done,) = bench.told
    assert (done.is_over, done.reason) == (True, "PowerLoss")
    assert done.energy_wh > 0
    actions = bench.actions()
    assert actions.count("StopTransaction") == 1
    assert actions.index("StopTransaction") > len(actions) - actions[::-1].index("BootNotification")


def test_tc_034_what_is_unavailable_stays_so_over_a_power_cut(bench: Bench) -> None:
    async def story() -> None:
        async with bench.running():
            await bench.free()
            asked = {"connectorId": 0, "type": "Inoperative"}
            assert await bench.status_of("ChangeAvailability", asked) == "Accepted"
            await bench.wait_status("Unavailable")
            await bench.until(lambda: bench.statuses(0)[-1] == "Unavailable")
        mark = bench.mark()
        async with bench.running():
            await bench.free()
            told = bench.since(mark, "StatusNotification")
            assert {(each["connectorId"], each["status"]) for each in told} == {
                (0, "Unavailable"),
                (1, "Unavailable"),
            }
            assert await bench.status_of(
                "ChangeAvailability", {"connectorId": 0, "type": "Operative"}
            ) == ("Accepted")
            await bench.wait_status("Available")

    bench.play_lives(story())


def test_tc_036_a_transaction_goes_on_while_the_connection_is_lost(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        await made.set_keys(MeterValueSampleInterval=5)
        await made.begin()
        await made.lose(reconnects=False)
        assert made.calls("BootNotification") != []
        await asyncio.sleep(20)
        assert made.status() == "Charging"
        mark = made.mark()
        await made.back()
        await made.until(lambda: len(made.since(mark, "MeterValues")) >= 3)
        assert made.since(mark, "BootNotification") == []  # J 5.4: only the link was gone
        await made.end()

    bench.play(case)
    bench.check()


def test_tc_037_1_a_known_card_starts_offline_and_is_told_later(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        await made.set_keys(LocalAuthorizeOffline=True, AllowOfflineTxForUnknownId=True)
        await made.lose(reconnects=False)
        made.plug(**CAR)
        made.swipe(CARD)
        await made.charging()
        assert made.calls("StartTransaction") == []
        await made.back()
        await made.until(lambda: len(made.calls("StartTransaction")) == 1)
        await made.until(lambda: made.statuses()[-1] == "Charging")
        await made.end()

    bench.play(case)
    (done,) = bench.check()
    assert done.id_token == CARD


def test_tc_037_2_a_card_refused_afterwards_is_paused_and_not_stopped(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        await made.set_keys(
            LocalAuthorizeOffline=True,
            AllowOfflineTxForUnknownId=True,
            StopTransactionOnInvalidId=False,
            MaxEnergyOnInvalidId=0,
        )
        made.judge(OTHER, "Invalid")
        await made.lose(reconnects=False)
        made.plug(**CAR)
        made.swipe(OTHER)
        await made.charging()
        await made.back()
        await made.wait_status("SuspendedEVSE")
        await asyncio.sleep(10)
        assert made.calls("StopTransaction") == []
        assert not made.car.contactor.is_closed
        made.unplug()
        await made.gone()
        await made.settle()

    bench.play(case)
    bench.check()


def test_tc_037_3_a_card_refused_afterwards_is_stopped(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        await made.set_keys(
            LocalAuthorizeOffline=True,
            AllowOfflineTxForUnknownId=True,
            StopTransactionOnInvalidId=True,
        )
        made.judge(OTHER, "Invalid")
        await made.lose(reconnects=False)
        made.plug(**CAR)
        made.swipe(OTHER)
        await made.charging()
        await made.back()
        await made.gone()
        await made.wait_status("Finishing")
        await made.settle()

    bench.play(case)
    (done,) = bench.check()
    assert done.reason == "DeAuthorized"


def test_tc_038_a_stop_while_offline_is_told_later(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        await made.begin()
        await asyncio.sleep(5)
        await made.lose(reconnects=False)
        made.swipe(CARD)
        await made.until(lambda: made.status() == "Finishing")
        assert made.calls("StopTransaction") == []
        await made.back()
        await made.gone()
        await made.settle()

    bench.play(case)
    (done,) = bench.check()
    assert done.reason == "Local"


def test_tc_039_a_whole_transaction_offline_is_told_later_in_its_order(bench: Bench) -> None:
    async def case(made: Bench) -> None:
        await made.set_keys(AllowOfflineTxForUnknownId=True, MeterValueSampleInterval=5)
        await made.lose(reconnects=False)
        made.plug(**CAR)
        made.swipe(CARD)
        await made.charging()
        await asyncio.sleep(12)
        made.swipe(CARD)
        await made.until(lambda: made.status() == "Finishing")
        made.unplug()
        await made.until(lambda: made.is_free)
        mark = made.mark()
        await made.back()
        await made.gone()
        order = [
            seen.parts[2]
            for seen in made.watched.record.frames[mark:]
            if seen.is_call and seen.parts[2] in ("StartTransaction", "StopTransaction")
        ]
        assert order == ["StartTransaction", "StopTransaction"]
        await made.wait_status("Available")

    bench.play(case)
    (done,) = bench.check()
    assert done.samples_wh
