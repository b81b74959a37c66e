"""Cases of certification, E: transactions in an absence, and messages that are not taken."""

import asyncio
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from tests.conformance.ocpp201.bench201 import CARD, PERIODIC, Bench201
from tests.support.csms import at_once
from tests.support.record import IN
from tests.support.rig import CAR, OTHER_CARD

ATTEMPTS, INTERVAL_S, TIMEOUT_S = 3, 1, 2


async def configured(made: Bench201) -> None:
    """Samples come more often than attempts to connect."""
    await made.configure(
        SampledDataCtrlr__TxUpdatedInterval=2,
        OCPPCommCtrlr__OfflineThreshold=65,
        OCPPCommCtrlr__RetryBackOffWaitMinimum=5,
        OCPPCommCtrlr__RetryBackOffRandomRange=0,
    )


@pytest.mark.parametrize("has_id", [True, False])
def test_tc_e_29_and_tc_e_33_what_is_queued_is_told(bench: Bench201, has_id: bool) -> None:
    async def case(made: Bench201) -> None:
        await configured(made)
        await made.energy_transfer_started()
        asked = {"transactionId": made.told[-1].key} if has_id else {}
        made.watched.answer_s = lambda: 0.5
        await made.lose()
        mark = made.mark()
        await made.back()
        told = await made.ask("GetTransactionStatus", asked)
        ongoing = {"ongoingIndicator": True} if has_id else {}
        assert told == ongoing | {"messagesInQueue": True}
        made.watched.answer_s = at_once
        await made.until(lambda: made.app.task.owed.count == 0, 200)
        first = made.since(mark, "TransactionEvent")[0]
        assert first["eventType"] == "Updated"
        assert first["offline"]
        assert first["meterValue"] != []
        await made.over()

    bench.play(case)
    bench.check()


def test_tc_e_40_what_happened_in_an_absence_is_told_as_such(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await configured(made)
        await made.energy_transfer_started()
        await made.until(lambda: made.app.task.owed.count == 0)
        await made.lose()
        mark = made.mark()
        await made.back()
        await made.until(lambda: made.app.task.owed.count == 0)
        told = made.since(mark, "TransactionEvent")
        late = [each for each in told if each["offline"]]
        assert len(late) >= 2
        for each in late:
            assert (each["eventType"], each["triggerReason"]) == ("Updated", PERIODIC)
            assert each["meterValue"] != []
        await made.over()

    bench.play(case)
    bench.check()


def sends_of(bench: Bench201) -> list[float]:
    """When the event was sent that the central system did not take."""
    frames = [
        (seen.at_s, seen.parts)
        for seen in bench.watched.record.frames
        if seen.direction == IN and seen.is_call and seen.parts[2] == "TransactionEvent"
    ]
    ids = [parts[1] for _, parts in frames]
    repeated = next(each for each in ids if ids.count(each) > 1)
    return [at_s for at_s, parts in frames if parts[1] == repeated]


@pytest.mark.parametrize("with_error", [False, True])
@pytest.mark.parametrize("is_taken_at_last", [False, True])
def test_tc_e_41_tc_e_42_tc_e_50_and_tc_e_51_an_event_that_is_not_taken_is_sent_again(
    tmp_path: Path, with_error: bool, is_taken_at_last: bool
) -> None:
    """By silence and by error, to the last attempt and to the one before."""
    bench = Bench201(tmp_path, ocpp__keys__MessageTimeout=str(TIMEOUT_S))
    bench.answer_s = TIMEOUT_S
    limit = ATTEMPTS - 1 if is_taken_at_last else ATTEMPTS
    seen: list[Any] = []

    def is_refused(action: str) -> bool:
        if action != "TransactionEvent" or len(seen) >= limit:
            return False
        seen.append(action)
        return True

    async def case(made: Bench201) -> None:
        await made.configure(
            **{
                "OCPPCommCtrlr__MessageAttempts[TransactionEvent]": ATTEMPTS,
                "OCPPCommCtrlr__MessageAttemptInterval[TransactionEvent]": INTERVAL_S,
                "SampledDataCtrlr__TxUpdatedInterval": 0,
            }
        )
        if with_error:
            made.watched.refuses = is_refused
        else:
            made.watched.ignores = is_refused
        await made.ev_connected()
        await made.authorized()
        await made.charging()
        await made.until(lambda: len(seen) >= limit, 300)
        await made.until(lambda: made.app.task.owed.count == 0, 300)
        await asyncio.sleep(1)
        await made.over()

    bench.play(case)
    sent_s = sends_of(bench)
    assert len(sent_s) == ATTEMPTS
    waits = [late - early for early, late in pairwise(sent_s)]
    for number, wait_s in enumerate(waits, 1):
        assert wait_s >= number * INTERVAL_S - 0.1


async def away(made: Bench201) -> None:
    """It comes back soon after an absence."""
    await made.configure(
        OCPPCommCtrlr__RetryBackOffWaitMinimum=2, OCPPCommCtrlr__RetryBackOffRandomRange=0
    )


async def told_after(made: Bench201, mark: int) -> list[dict[str, Any]]:
    """What was owed, once it is told."""
    await made.back()
    await made.until(lambda: made.app.task.owed.count == 0)
    return made.since(mark, "TransactionEvent")


def test_tc_e_43_a_whole_transaction_in_an_absence_is_told_after_it(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await away(made)
        await made.configure(AuthCtrlr__OfflineTxForUnknownIdEnabled=True)
        await made.lose(reconnects=False)
        mark = made.mark()
        made.plug(**CAR)
        made.swipe(CARD)
        await made.charging()
        made.swipe(CARD)
        await made.until(lambda: made.seen()["session"] is None)
        made.unplug()
        told = await told_after(made, mark)
        assert {each["offline"] for each in told} == {True}
        assert told[0]["eventType"] == "Started"
        assert told[-1]["eventType"] == "Ended"

    bench.play_one(case)


def test_tc_e_31_and_tc_e_44_a_stop_in_an_absence_is_told_after_it(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await away(made)
        await made.energy_transfer_started()
        await made.until(lambda: made.app.task.owed.count == 0)
        asked = {"transactionId": made.told[-1].key}
        made.watched.answer_s = lambda: 0.5
        await made.lose(reconnects=False)
        mark = made.mark()
        made.swipe(CARD)
        await made.until(lambda: made.seen()["session"] is None)
        made.unplug()
        await made.back()
        told = await made.ask("GetTransactionStatus", asked)
        assert told == {"ongoingIndicator": False, "messagesInQueue": True}
        made.watched.answer_s = at_once
        late = await told_after(made, mark)
        assert {each["offline"] for each in late} == {True}
        assert late[-1]["eventType"] == "Ended"
        assert late[-1]["transactionInfo"]["stoppedReason"] == "Local"

    bench.play_one(case)


def test_tc_e_45_another_card_of_the_group_stops_it_in_an_absence(bench: Bench201) -> None:
    async def case(made: Bench201) -> None:
        await away(made)
        for token in (CARD, OTHER_CARD):
            made.judge(token, "Accepted", "FAMILY")
        await made.configure(TxCtrlr__EVConnectionTimeOut=1)
        await made.authorized(OTHER_CARD)  # and remembered
        await asyncio.sleep(0.5)
        await made.until(lambda: made.status() == "Available")
        await made.energy_transfer_started()
        await made.until(lambda: made.app.task.owed.count == 0)
        await made.lose(reconnects=False)
        mark = made.mark()
        made.swipe(OTHER_CARD)
        await made.until(lambda: made.seen()["session"] is None)
        late = await told_after(made, mark)
        assert {each["offline"] for each in late} == {True}
        assert late[-1]["eventType"] == "Ended"
        assert late[-1]["triggerReason"] == "StopAuthorized"
        await made.settle()

    bench.play_one(case)
